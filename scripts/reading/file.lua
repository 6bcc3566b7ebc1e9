-- A response that is a file of rows, of any size: read while it comes, in pages of a thousand rows. A place in it is the number
-- of rows before it, with a hash of them: another response is gone on with there only where it begins with the same rows.
local answer_codes = { malformed = true, not_rows = true, too_deep = true }

local file = {}
file.__index = file

local ROWS = 1000

---@class file
---@field list list
---@field rows rows? of the response under way
---@field response response?
---@field token string? of the place where they are; nil: at the top
---@field received integer bytes of the response that were counted

---@param list list
---@return file
function file.new(list) return setmetatable({ list = list }, file) end

---Nothing more of the response under way is wanted.
function file:close()
  if self.rows then self.rows:close() end
  self.rows, self.response, self.token = nil, nil, nil
end

local function rows_before(token) return math.tointeger(tonumber(token:match "^%d+")) or 0 end

---Does the response under way come to this place?
---@param token string?
---@return boolean
function file:comes_to(token) return self.rows ~= nil and token ~= nil and self.rows:place() <= rows_before(token) end

local function token_of(rows) return ("%d rows (%s)"):format(rows:place()) end

-- Of responses, the client counts what was there when their headers came.
local function count_bytes(self)
  local received = self.response.bytes
  self.list.client.stats.bytes = self.list.client.stats.bytes + received - self.received
  self.received = received
end

-- Passes over what was read of an earlier response.
local function go_to(self, token)
  local count = rows_before(token)
  local there, message, code = self.rows:pass_over(count - self.rows:place())
  if there == nil then return nil, message, code end
  if token_of(self.rows) == token then return true end
  return nil, ("the file no longer begins with the %d rows that were read of it"):format(count), "changed"
end

local function open(self, response)
  self:close()
  local rows, message, code = response:rows(self.list.page_settings)
  if not rows then return nil, message, code end
  self.rows, self.response, self.received = rows, response, response.bytes
  return true
end

---The page at a place: of the response under way, or of one that has just begun.
---@param response response
---@param token string?
---@return page? page
---@return string? message
---@return string? code
function file:page(response, token)
  local opened, failed, failure = true, nil, nil
  if response ~= self.response then opened, failed, failure = open(self, response) end
  if opened and token ~= self.token then opened, failed, failure = go_to(self, token) end
  if not opened then
    self:close()
    return nil, failed, failure
  end
  local before = self.rows:place()
  local page, more, code = self.rows:page(self.list.page_settings, ROWS)
  count_bytes(self)
  if page then
    self.token = more and token_of(self.rows) or nil
    if not more then self.rows = nil end -- all of it came
    return page
  end
  self:close()
  if not answer_codes[code] then return nil, more, code end
  return nil, more, before > 0 and "bad_row" or code
end

return file
