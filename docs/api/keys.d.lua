---@meta keys

---@class keys
local keys = {}

---An empty set of keys; beyond its limit it forgets the oldest.
---@param limit integer
---@return keys_set
function keys.set(limit) end

---@class keys_set
local keys_set = {}

---@return integer
function keys_set:count() end

---Adds the key of a text.
---@param text string
---@return boolean new
function keys_set:add(text) end

---The keys as texts of 16 characters, the oldest first.
---@return string[]
function keys_set:list() end

---Adds what list() gave.
---@param texts string[]
---@return boolean ok false: one of them is no key
function keys_set:load(texts) end

return keys
