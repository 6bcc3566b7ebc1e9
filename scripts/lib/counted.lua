-- A number with its noun.

---`1 record`, `2 records`.
---@param n integer
---@param word string
---@param many string? where it is not the word with an s
---@return string
return function(n, word, many) return ("%d %s"):format(n, n == 1 and word or many or word .. "s") end
