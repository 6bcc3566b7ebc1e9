-- The next page of a list, asked for while this one is still on its way.
local prefetch = {}
prefetch.__index = prefetch

---@class prefetch of one view of a list
---@field list list
---@field sent {ask: table, path: string, task: table}? a request that went ahead
---@field held page? the first page, which was looked at already and is the whole list
---@field response response? whose page token was read before its body came
---@field token string?
---@field wrong string?

---@param list list
---@return prefetch
function prefetch.new(list) return setmetatable({ list = list }, prefetch) end

local function is_same(a, b) return a.token == b.token and a.from == b.from and a.to == b.to and a.size == b.size end

---The page that was fetched last, the first one of a list that has no other, is what is fetched next.
---@param page page
function prefetch:hold(page) self.held = page end

---That page, where it is asked for.
---@param ask table
---@return page?
function prefetch:take_held(ask)
  local held = self.held
  self.held = nil
  if not held or is_same(ask, {}) then return held end
  held:close()
end

---Gives up the request that went ahead.
function prefetch:drop()
  if not self.sent then return end
  local stats = self.list.client.stats
  stats.needless, self.sent = stats.needless + 1, nil
end

---The task of a request for this page, if it went ahead; any other is given up.
---@param ask table
---@return table? task
function prefetch:take(ask)
  local sent = self.sent
  if not sent or sent.path ~= self.list.source.path or not is_same(sent.ask, ask) then return self:drop() end
  self.sent = nil
  return sent.task
end

---The headers of a response have come: asks for what follows, where the governor has a slot, as what is needed at once goes
---first.
---@param response response
---@param after fun(token: string): table? what will be asked for after the page that names this token
function prefetch:send(response, after)
  local list = self.list
  local source, api = list.source, list.stream.api
  if not api.next_in_header then return end
  self.response, self.token, self.wrong = response, api.next_token(response)
  local ask = self.token and after(self.token)
  if not ask or self.sent or not list.page_size:may_prefetch() then return end
  if list.client:slots(source.template, list.stream.method) < 1 then return end
  self.sent = { ask = ask, path = source.path, task = list.client:prefetch(source:request(ask)) }
end

---The page token that follows a page; read once.
---@param response response
---@param page page
---@param before string? the token that led to the page
---@return string? token
---@return string? wrong
---@return string? code
function prefetch:token_after(response, page, before)
  local early, list = self.response == response, self.list
  self.response = nil
  if early then return self.token, self.wrong end
  if list.stream.single then return nil end
  return list.stream.api.next_token(response, page, list.page_size.current, before)
end

return prefetch
