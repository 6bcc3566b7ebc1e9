-- The forms in which a parameter of a request holds a time or an id: `start` and `stop` of a stream's cursor.
local clock = require "clock"

local bound_form = {}

local SECOND, DAY = 1000000, 86400 * 1000000
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

local forms = {
  id = { unit = 1, text = function(id) return ("%d"):format(id) end },
  seconds = { unit = SECOND, text = function(us) return ("%d"):format(us // SECOND) end },
  milliseconds = { unit = 1000, text = function(us) return ("%d"):format(us // 1000) end },
  time = { unit = SECOND, text = function(us) return clock.format(us):sub(1, 19) .. "Z" end },
  date = { unit = DAY, text = function(us) return clock.format(us):sub(1, 10) end },
}

-- By position in 2026-01-31T18:21:07.123456Z.
local directives = {
  Y = { 1, 4 }, y = { 3, 4 }, m = { 6, 7 }, d = { 9, 10 }, H = { 12, 13 }, M = { 15, 16 }, S = { 18, 19 }, f = { 21, 26 },
}
local units = { { "f", 1 }, { "S", SECOND }, { "s", SECOND }, { "M", 60 * SECOND }, { "H", 3600 * SECOND }, { "d", DAY } }

local function directive(name, us)
  if name == "%" then return "%" end
  local text, at = clock.format(us), directives[name]
  if at then return text:sub(at[1], at[2]) end
  if name == "s" then return ("%d"):format(us // SECOND) end
  return MONTHS[tonumber(text:sub(6, 7))]
end

-- The directives of a pattern; nil: it has one that is not known, or does not say the day.
local function directives_of(pattern)
  local has = {}
  for name in pattern:gsub("%%%%", ""):gmatch "%%(.?)" do
    if not directives[name] and name ~= "s" and name ~= "b" then return nil end
    has[name] = true
  end
  local day = (has.Y or has.y) and (has.m or has.b) and has.d
  return (has.s or day) and has or nil
end

local function of(form)
  if forms[form] then return forms[form] end
  local has = directives_of(form)
  for _, unit in ipairs(units) do
    if has[unit[1]] then
      return { unit = unit[2], text = function(us)
        return (form:gsub("%%(.)", function(name) return directive(name, us) end))
      end }
    end
  end
end

bound_form.WORDS = '"seconds", "milliseconds", "id", "time" (2026-01-31T18:21:07Z), "date", or a pattern of %Y %y %m %b %d %H %M '
  .. '%S %f %s'

---Is this a form?
---@param form any
---@return boolean
function bound_form.exists(form)
  if type(form) ~= "string" then return false end
  return forms[form] ~= nil or form:find("%", 1, true) ~= nil and directives_of(form) ~= nil
end

---A time, or an id, cut down to what the form can write.
---@param form string
---@param us integer
---@return string
function bound_form.text(form, us) return of(form).text(us) end

---The least step that the form can write.
---@param form string
---@return integer
function bound_form.unit(form) return of(form).unit end

return bound_form
