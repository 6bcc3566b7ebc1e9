---@meta clock

---Times are integers: microseconds since 1970, UTC.
---@class clock
local clock = {}

---@return integer
function clock.now() end

---Reads an ISO 8601 time in any form that Sentry, GlitchTip or a state writes.
---@param text string
---@return integer? us nil: not a time
---@nodiscard
function clock.parse(text) end

---`2026-01-31T18:21:07.123456Z`. Raises beyond the years 1 to 9999.
---@param us integer
---@return string
function clock.format(us) end

---Reads a Date header.
---@param text string
---@return integer? us
---@nodiscard
function clock.http_date(text) end

return clock
