-- A list's first page, which tells the server's time and the list's top before anything is read, and is then the first one
-- of whoever reads the list from its top.
local first_page = {}
first_page.__index = first_page

---@class first_page
---@field page page?
---@field token string? of the page that follows
---@field look integer[]? what tells which records it holds
---@field taken boolean? a slice reader has read it

---@return first_page
function first_page.new() return setmetatable({ taken = true }, first_page) end

---@param page page
---@param token string?
function first_page:set(page, token)
  self.page, self.token, self.look, self.taken = page, token, { page:digest() }, false
end

---Hands the page out, once.
---@return page? page nil: it is to be asked for
---@return string? token
function first_page:take()
  if self.taken then return nil end
  self.taken = true
  return self.page, self.token
end

---Did an earlier look at the list's first page show the same?
---@param look integer[]
---@return boolean
function first_page:is_same(look)
  return self.look[1] == look[1] and self.look[2] == look[2]
end

---Does it reach down to records that are older than these times, by so much? Then it holds all that is newer.
---@param order order
---@param lower times
---@param by integer
---@return boolean
function first_page:reaches(order, lower, by)
  for _, field in ipairs(self.token and order.candidates or {}) do
    local oldest = self.page:oldest(field)
    if lower[field] and not (oldest and oldest < lower[field] - by) then return false end
  end
  return true
end

return first_page
