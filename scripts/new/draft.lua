-- A stream that is to be written: its fields, and what is to be said of each.
local draft = {}
draft.__index = draft

-- The order in which they stand in a script.
local ORDER = { "name", "base", "auth", "path", "params", "method", "body", "format", "single", "records", "unwrap",
  "paging", "page_size", "primary_key", "cursor", "limits" }

---@class draft
---@field what string? in one line, what the stream holds
---@field source string what it was made of, such as "GET /v1/customers of openapi.json"
---@field fields table<string, any> as the contract has them
---@field remarks table<string, string[]> comments above a field
---@field lines string[] of Lua, before the table
---@field needs {secrets: {name: string, host: string}[], keys: string[]} what the configuration has to hold
---@field schema table? a JSON Schema of the records
---@field hidden table<string, true>? secrets that were seen

---@param source string
---@return draft
function draft.new(source)
  return setmetatable({ source = source, fields = {}, remarks = {}, lines = {}, needs = { secrets = {}, keys = {} } }, draft)
end

---@param name string
---@param value any
---@param remark string?
function draft:set(name, value, remark)
  self.fields[name] = value
  if remark then self:remark(name, remark) end
end

---@param name string
---@param remark string
function draft:remark(name, remark)
  self.remarks[name] = self.remarks[name] or {}
  table.insert(self.remarks[name], remark)
end

---Says that the configuration has to hold a secret, and gives the text by which `auth` names it.
---@param name string
---@param host string the address that it is for
---@return string
function draft:secret(name, host)
  local known = false
  for _, secret in ipairs(self.needs.secrets) do known = known or secret.name == name end
  if not known then table.insert(self.needs.secrets, { name = name, host = host }) end
  return ("{secrets.%s}"):format(name)
end

---Says that the configuration has to hold a key.
---@param name string
function draft:needs_key(name)
  for _, known in ipairs(self.needs.keys) do
    if known == name then return end
  end
  table.insert(self.needs.keys, name)
end

---@return fun(): string?, any, string[] name, value, remarks; of one that is missing, the value is nil
function draft:each()
  local i = 0
  return function()
    while i < #ORDER do
      i = i + 1
      local name = ORDER[i]
      local value, remarks = self.fields[name], self.remarks[name]
      if value ~= nil or remarks then return name, value, remarks or {} end
    end
  end
end

return draft
