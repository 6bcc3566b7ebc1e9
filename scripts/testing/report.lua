-- What tests came to, told to people: a line each, and the count at the end.
local console = require "console"

---@class report
---@field passed integer
---@field failed integer
local report = {}
report.__index = report

local codes = { green = 32, red = 31, dim = 2, bold = 1 }

---@return report
function report.new()
  local coloured = console.terminal()
  return setmetatable({ passed = 0, failed = 0, coloured = coloured }, report)
end

local function paint(self, colour, text)
  return self.coloured and ("\27[%dm%s\27[0m"):format(codes[colour], text) or text
end

function report:title(text) console.write(paint(self, "bold", text) .. "\n") end

---Something that is neither passed nor failed.
function report:note(text) console.write(("  %s\n"):format(paint(self, "dim", text))) end

function report:pass(text)
  self.passed = self.passed + 1
  console.write(("  %s %s\n"):format(paint(self, "green", "ok  "), text))
end

---@param text string
---@param lines string[]? what differs, or was logged
function report:fail(text, lines)
  self.failed = self.failed + 1
  console.write(("  %s %s\n"):format(paint(self, "red", "FAIL"), (text:gsub("\n", "\n       "))))
  for _, line in ipairs(lines or {}) do
    local colour = line:find "^%- " and "red" or line:find "^%+ " and "green" or "dim"
    console.write(("       %s\n"):format(paint(self, colour, line)))
  end
end

---@return integer status the exit status: 1 also where nothing was tested
function report:finish()
  console.write(("\n%d passed, %d failed\n"):format(self.passed, self.failed))
  return (self.failed > 0 or self.passed == 0) and 1 or 0
end

return report
