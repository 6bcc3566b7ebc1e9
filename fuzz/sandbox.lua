-- Makes Lua programs of bytes, for the target `sandbox`: each byte chooses among what a grammar allows at a place. The names of
-- functions, methods and fields are those of docs/api. A program keeps what it came by in V, and returns it with its modules.
local MOST = 40 -- statements of one program

local MODULES = { "airbyte", "allowed_hosts", "clock", "command_line", "digest", "host", "http", "json", "keys", "ledger", "page",
  "resources", "responses", "record", "stream_scripts", "tasks" }

---@param folder string docs/api
---@return table names what there is to call: functions and methods with the kinds of their arguments; and fields
local function read_names(folder)
  local names = { functions = {}, methods = {}, fields = {} }
  local seen, kinds = {}, {}
  local function take(i, line)
    local of, name = line:match "^function [%w_]+([.:])([%w_]+)"
    local list = of == "." and names.functions or names.methods
    if of then list[#list + 1], kinds = { module = i, name = name, kinds = kinds }, {} end
    local field = line:match "^%-%-%-@field ([%w_]+)"
    if field and not seen[field] then seen[field], names.fields[#names.fields + 1] = true, field end
    kinds[#kinds + 1] = line:match "^%-%-%-@param [%w_?.]+ (%S+)"
  end
  for i, module in ipairs(MODULES) do
    for line in io.lines(("%s/%s.d.lua"):format(folder, module)) do take(i, line) end
  end
  return names
end

local LIBRARIES = {
  "string.rep", "string.format", "string.find", "string.gsub", "string.gmatch", "string.sub", "string.pack", "string.unpack",
  "string.byte", "string.char", "table.concat", "table.insert", "table.remove", "table.move", "table.sort", "table.unpack",
  "table.pack", "math.tointeger", "math.fmod", "math.random", "math.floor", "utf8.char", "utf8.codepoint", "utf8.len",
  "utf8.codes", "os.date", "os.time", "select", "next", "rawset", "rawget", "rawlen", "tonumber", "tostring", "pairs", "ipairs",
  "assert", "print", "getmetatable", "setmetatable", "type", "require", "error", "pcall",
}

local VALUES = {
  "nil", "true", "false", "0", "1", "-1", "2", "10", "100", "0/0", "1/0", "-1/0", "1e308", "-0.0", "0.5", "1 << 62", "1 << 63",
  "(1 << 63) - 1", "2^53", "1767225600000000", "''", "'a'", "'\\0'", "'\\xff\\xc3'", "'id'", "'dateCreated'", "'a.b'",
  "'a[\"b.c\"].*'", "'*'", "'../x'", "'GET'", "'POST'", "'DELETE'", "'http://127.0.0.1:8001/1'", "'http://127.0.0.1:8001/2'",
  "'http://127.0.0.1:8001/3'", "'http://127.0.0.1:8001/4'", "'http://127.0.0.1:8001/5'", "'http://127.0.0.1:8001/6'",
  "'http://x y/'", "'<secret:auth_token>'", "'X-A'", "'[]'", "'{\"id\":1}'",
  "'[{\"id\":\"1\",\"dateCreated\":\"2026-01-01T00:00:00Z\",\"a\":{\"b\":2}},{\"id\":2}]'", "'<a><b>1</b><b/></a>'",
  "'a,b\\n1,2\\n'", "'ndjson'", "'csv'", "'xml'", "'seconds'", "'id'", "'all'", "'kept'", "'INFO'", "'%d'", "'(.-)%1*'",
  "string.rep('a', 1000)", "string.rep('[', 1100)", "string.rep('é', 70000)", "M[8].null", "M[8].array()", "{}", "{{}}", "_G",
  "M", "V", "print", "error", "V[1]", "V[2]", "V[3]", "V[4]", "V[5]", "V[6]", "V[7]", "V[8]", "'teams'", "'releases'",
  "'spec.json'", "'io'", "'lib.url'",
}

local OPERATORS = { "+", "-", "*", "/", "//", "%", "^", "..", "==", "<", "<=", "&", "|", "~", "<<", ">>", "and", "or" }
local EVENTS = {
  "__index", "__newindex", "__call", "__len", "__eq", "__lt", "__le", "__concat", "__tostring", "__name", "__close", "__pairs",
  "__metatable", "__mode", "__gc", "__add", "__unm",
}

-- ---- choosing

local Maker = {}
Maker.__index = Maker

function Maker:byte()
  self.at = self.at + 1
  return self.input:byte(self.at) or 0
end

function Maker:is_done() return self.at >= #self.input end

function Maker:of(list) return list[self:byte() % #list + 1] end

function Maker:slot() return self:byte() % 12 + 1 end

function Maker:list(make, most)
  local list = {}
  for i = 1, self:byte() % (most + 1) do list[i] = make(self) end
  return table.concat(list, ", ")
end

-- Forms have places, each a % and a letter; what stands there, FILL says.
local FILL = {}

function Maker:fill(form)
  self.depth = self.depth + 1
  local made = form:gsub("%%(%a)", function(what) return FILL[what](self) end)
  self.depth = self.depth - 1
  return made
end

-- ---- values

local COMPOUNDS = {
  "{ %f }", "{ %f }", "{ %V }", "function(...) return %v end", "function(...) V[%i] = ... return ... end",
  "function(a) %s return a end", "function() error(%v) end", "function() M[16].sleep(0) end", "made({ %f }, { %e })",
  "looped()", "nested()", "M[8].encode({ %f })", "string.char(%c, %c)", "%c%c",
}

function Maker:value()
  local choice = self:byte()
  if choice < 176 or self.depth > 8 then return VALUES[choice % #VALUES + 1] end
  return self:fill(choice < 200 and "V[%i]" or COMPOUNDS[choice % #COMPOUNDS + 1])
end

-- ---- arguments, mostly of the kinds that a function takes

local KINDS = {
  string = { "'a'", "''", "'{}'", "'\\0'", "'id'", "'a.b'", "'http://127.0.0.1:8001/1'", "'teams'", [['[{"id":1}]']],
    "string.rep('a', 70000)" },
  integer = { "0", "1", "2", "-1", "100", "1 << 62", "1 << 63", "1767225600000000" },
  number = { "0", "1", "0.5", "-1", "1e308", "0/0", "1/0" },
  boolean = { "true", "false" },
  page = { "V[2]" }, response = { "V[1]" }, keys_set = { "V[3]" }, record = { "V[6]" }, airbyte_stream = { "V[9]" },
  ["string[]"] = { "{ 'id' }", "{ 'id', 'dateCreated', 'a.b' }", "{}", "{ 'POST' }", "{ '127.0.0.1:8001' }" },
  page_settings = { "{ fields = { 'id', 'dateCreated' }, key = { 'id' } }" },
  ["table<string,"] = { "{ dateCreated = 1767225600000000 }", "{ id = 16, a = 64 }", "{ a = 1 << 62 }" },
  fun = { "function(record) V[6] = record return true end", "function(record) record:set('b', 1) return record end", "print" },
  ["table"] = { "{ a = 1 }", "{}", "{ a = { b = M[8].null } }" },
  any = { "1", "{}", "M[8].null" },
}

local function right_value(self, kind)
  local words = {}
  for word in kind:gmatch '"([^"]+)"' do words[#words + 1] = ("%q"):format(word) end
  return self:of(#words > 0 and words or KINDS[kind] or KINDS[kind:match "^[%w_]+"] or KINDS.any)
end

function Maker:arguments(kinds)
  local list = {}
  for i, kind in ipairs(kinds) do list[i] = self:byte() < 190 and right_value(self, kind) or self:value() end
  if self:byte() > 200 then list[#list + 1] = self:value() end
  return table.concat(list, ", ")
end

-- ---- statements

function Maker:call(to, one)
  return ("keep(%d, pcall(function() return %s%s(%s) end))"):format(self:slot(), to, one.name, self:arguments(one.kinds))
end

local OBJECTS = { [7] = 1, [11] = 2, [9] = 3, [16] = 5, [14] = 6 } -- by the place of its module, where one lies in V

local CALLS = {
  function(self, one) return self:call(("M[%d]."):format(one.module), one) end,
  function(self, _, one) return self:call(("V[%d]:"):format(OBJECTS[one.module] or 9), one) end,
  function(self, _, one) return self:call(("V[%d]:"):format(self:slot()), one) end,
}

local function call(self)
  return CALLS[self:byte() % #CALLS + 1](self, self:of(self.names.functions), self:of(self.names.methods))
end

-- V[1] is a response, V[2] a page, V[3] a set of keys, V[4] rows, V[5] a task, V[6] a record; those that come first more often.
local STATEMENTS = {
  "keep(1, pcall(M[7].get, 'http://127.0.0.1:8001/%d', { %f }))",
  "keep(1, pcall(M[7].request, { url = 'http://127.0.0.1:8001/%d', method = %v, %f }))",
  "keep(1, pcall(M[7].get, 'http://127.0.0.1:8001/%d', { stream = true, framed = %v })) "
    .. "keep(4, pcall(function() return V[1]:rows { format = 'ndjson', %f } end))",
  "keep(4, pcall(function() return V[1]:rows { format = 'csv', columns = { %V } } end))",
  "keep(2, pcall(function() return V[4]:page({ fields = { 'id', 'dateCreated' }, key = { 'id' }, %f }, %v) end))",
  "keep(2, pcall(function() return V[1]:page { fields = { 'id', 'dateCreated' }, key = { 'id' }, %f } end))",
  [[keep(2, pcall(M[11].of, '[{"id":"1","dateCreated":"2026-01-01T00:00:00Z","a":{"b":2}},{"id":"2"},null,{"id":3}]', ]]
    .. "{ fields = { 'id', 'dateCreated', %V }, key = { 'id' }, %f }))",
  "keep(3, pcall(M[9].set, %c))",
  "pcall(function() V[3]:add(%v) V[2]:remember(V[3], 'all') end)",
  "keep(7, pcall(function() return V[2]:drop_known(V[3]) end))",
  "keep(5, pcall(function() return V[2]:filter(function(record, c) V[6] = record %s return %v end, %v, { %V }) end))",
  "keep(5, pcall(function() return V[2]:transform(function(r, c) r:set(%v, %v) V[6] = r %s return r end, %v) end))",
  "pcall(function() V[6]:set(%v, %v) keep(8, true, V[6]:get(%v)) keep(9, true, V[6]:decode()) end)",
  "pcall(function() V[2]:keep { dateCreated = %v } V[2]:below('dateCreated', %v) end)",
  "pcall(M[1].emit, V[2])",
  "pcall(M[1].state, { a = %v, %f })",
  "keep(5, pcall(M[16].spawn, function(...) M[16].sleep(%v) %s end, %v)) pcall(function() V[5]:join(%v) end)",
  "keep(8, pcall(M[8].decode, M[8].encode { a = %v, %f }))",
  "keep(%i, pcall(function() return %L(%V) end))",
  "V[%i] = %v",
  "keep(%i, pcall(made, %v, { %e }))",
  "keep(%i, pcall(function() return V[%i][%v] end))",
  "pcall(function() V[%i][%v] = %v end)",
  "pcall(function() _G[%v] = %v end)",
  "keep(%i, pcall(function() return %v %o %v end))",
  "for _ = 1, %d do %s end",
  "keep(5, pcall(M[16].spawn, function(...) %s %s end, %v))",
  "pcall(function() local _ <close> = %v %s end)",
  "pcall(function() for a, b in pairs(%v) do V[1], V[2] = a, b end end)",
  "pcall(function() local a, b = %v, %v; %s end)",
}

-- Each ends the program, or takes long.
local RARE = { "while true do end", "error(%v)", "local function f() return 1 + f() end pcall(f)" }

function Maker:statement()
  local choice = self:byte()
  if self.depth > 10 then return "local _" end
  if choice >= 250 then return self:fill(self:byte() < 250 and "local _" or self:of(RARE)) end
  return choice >= 125 and call(self) or self:fill(STATEMENTS[choice % #STATEMENTS + 1])
end

-- ---- places

local function field(self) return ("[%q] = %s"):format(self:of(self.names.fields), self:value()) end
local function event(self) return ("%s = %s"):format(self:of(EVENTS), self:value()) end

function FILL:c() return ("%d"):format(self:byte()) end
function FILL:d() return ("%d"):format(self:byte() % 10) end
function FILL:e() return self:list(event, 3) end
function FILL:f() return self:list(field, 3) end
function FILL:i() return ("%d"):format(self:slot()) end
function FILL:L() return self:of(LIBRARIES) end
function FILL:o() return self:of(OPERATORS) end
function FILL:s() return self:statement() end
function FILL:v() return self:value() end
function FILL:V() return self:list(self.value, 4) end

local HEAD = [[
local V, M, made = {}, {}, setmetatable
for i, name in ipairs { %s } do
  local ok, module = pcall(require, name)
  M[i] = ok and module or {}
end
local function keep(i, ok, a, b) V[i], V[i %% 12 + 1] = ok and a or V[i], b end
local function looped() local t = {} t.t, t[1] = t, t return t end
local function nested() local t = {} for _ = 1, 2000 do t = { t } end return t end
]]

return function(folder)
  local names = read_names(folder)
  local quoted = {}
  for i, module in ipairs(MODULES) do quoted[i] = ("%q"):format(module) end
  local head = HEAD:format(table.concat(quoted, ", "))
  return function(input)
    local maker = setmetatable({ input = input, at = 0, depth = 0, names = names }, Maker)
    local lines = { head }
    while not maker:is_done() and #lines <= MOST do lines[#lines + 1] = "do " .. maker:statement() .. " end" end
    lines[#lines + 1] = "return V, M"
    return table.concat(lines, "\n")
  end
end
