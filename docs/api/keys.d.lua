---@meta keys

---@class keys
local keys = {}

---An empty set of keys; beyond its limit it forgets the oldest.
---@param limit integer
---@return keys_set
function keys.set(limit) end

---The seed with which the keys of records are made in this state, as a text; it is random, but for a replay.
---@return string
function keys.seed() end

---From now on keys are made with this seed. Keys are comparable only where they were made with the same one.
---@param seed string what seed() gave
---@return boolean ok false: it is none
function keys.use(seed) end

---@class keys_set
local keys_set = {}

---@return integer
function keys_set:count() end

---Adds the key of a text.
---@param text string
---@return boolean new
function keys_set:add(text) end

---The keys as texts, the oldest first.
---@return string[]
function keys_set:list() end

---Adds what list() gave.
---@param texts string[]
---@return boolean ok false: one of them is no key
function keys_set:load(texts) end

return keys
