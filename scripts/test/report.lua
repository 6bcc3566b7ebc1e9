-- What tests came to, told to people: a line each, and the count at the end.
local console = require "console"
local pretty = require "lib.pretty"

---@class report
---@field passed integer
---@field failed integer
---@field paint paint
local report = {}
report.__index = report

---@return report
function report.new()
  return setmetatable({ passed = 0, failed = 0, paint = pretty.painter((console.terminal())) }, report)
end

function report:title(text) console.write(self.paint("bold", text) .. "\n") end

---Something that is neither passed nor failed.
function report:note(text) console.write(("  %s\n"):format(self.paint("dim", text))) end

function report:pass(text)
  self.passed = self.passed + 1
  console.write(("  %s %s\n"):format(self.paint("good", "ok  "), text))
end

---@param text string
---@param lines (string|difference_line)[]? what differs, or was logged
function report:fail(text, lines)
  self.failed = self.failed + 1
  console.write(("  %s %s\n"):format(self.paint("error", "FAIL"), (text:gsub("\n", "\n       "))))
  for _, line in ipairs(lines or {}) do
    local colour, shown = "dim", line
    if type(line) == "table" then colour, shown = line.mark == "-" and "error" or "good", line.mark .. " " .. line.text end
    console.write(("       %s\n"):format(self.paint(colour, shown)))
  end
end

---@return integer status the exit status: 1 also where nothing was tested
function report:finish()
  console.write(("\n%d passed, %d failed\n"):format(self.passed, self.failed))
  return (self.failed > 0 or self.passed == 0) and 1 or 0
end

return report
