---@meta digest

---Digests, signatures, base64 and random bytes: what APIs ask for that want signed requests. Digests are bytes; `hex` and
---`base64` make text of them: `digest.hex(digest.sha256 "text")`.
---@class digest
local digest = {}

---SHA-256 (FIPS 180-4).
---@param text string
---@return string digest 32 bytes
function digest.sha256(text) end

---HMAC with SHA-256 (RFC 2104).
---@param key string or the handle of a secret, such as context.config.secrets.example: its value is the key then
---@param text string
---@return string signature 32 bytes
function digest.hmac(key, text) end

---Which of so many shards a name falls to: the first eight bytes of its SHA-256, as one number, modulo `count`.
---@param name string
---@param count integer
---@return integer index from 0
function digest.shard(name, count) end

---Two lower-case digits for each byte.
---@param text string
---@return string
function digest.hex(text) end

---Base64 (RFC 4648, section 4, with padding).
---@param text string
---@return string
function digest.base64(text) end

---What base64 stands for; line breaks in it are passed over.
---@param text string
---@return string? bytes
---@return string? message
---@return "malformed"? code
function digest.from_base64(text) end

---Random bytes that nobody can predict; on a replay the same ones each time. An id: `digest.hex(digest.random(16))`.
---@param count integer from 1 to 1024
---@return string bytes
function digest.random(count) end

return digest
