-- JSON that a terminal may be given: what steers it is escaped as JSON escapes it. The console would show it in a form of its
-- own, which is no JSON.
local STEERING = { "\x7F", "\xC2[\x80-\x9F]", "\xD8\x9C", "\xE2\x80[\x8E\x8F\xA8-\xAE]", "\xE2\x81[\xA6-\xA9]" }

local function escape(character) return ("\\u%04x"):format(utf8.codepoint(character)) end

---@param text string valid JSON; such characters stand in strings alone
---@return string
return function(text)
  for _, pattern in ipairs(STEERING) do text = text:gsub(pattern, escape) end
  return text
end
