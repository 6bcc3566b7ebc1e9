-- How many parents a child stream asks for, each by requests of its own: said when the read begins, and capped.
local counted = require "lib.counted"
local workload = require "reading.workload"

local parent_count = {}
parent_count.__index = parent_count

local CAPPED = "max_parents (%d) was reached: %s were asked for, and %s %s left; %s"
local FULL = "%s %d rows, and the server gives no more of one: rows of these may be missing"
local SLASHED = "%s left out, as the server has no path for a name with a slash, encoded or not: what belongs to these cannot "
  .. "be had; the first: %s"
local AGAIN = "the next incremental read goes on with them"
local ANEW = "a full refresh begins again, so raise max_parents, or read incrementally"

---@class parent_count
---@field client client of the child stream; its stats count for all projects
---@field most integer? parents, after which no further page of them is asked for
---@field full integer children's lists that are as long as the server lets them be
---@field slashed integer parents that stand in no path of the server, as their names hold a slash
---@field first_slashed string? the first one's path
---@field capped boolean? some parents are left
---@field known {count: integer, at_least: boolean?, at_most: boolean?}? how many there are

---@param client client
---@param job {config: table, part: boolean?, incremental: boolean}
---@return parent_count
function parent_count.new(client, job)
  return setmetatable({ client = client, config = job.config, part = job.part, incremental = job.incremental,
    most = job.config.max_parents, full = 0, slashed = 0 }, parent_count)
end

---May the children of this page of parents be asked for? Pages are taken whole, or a small cap would never come past one.
---@param items any[]
---@return boolean
function parent_count:admit(items)
  local stats = self.client.stats
  local asked = stats.parents or 0
  if self.most and asked >= self.most and #items > 0 then
    stats.parents_left, self.capped = (stats.parents_left or 0) + #items, true
    return false
  end
  stats.parents = asked + #items
  return true
end

---The list of parents begins with this page.
---@param list list of the parents
---@param page page
---@param resumed boolean? only what has changed of them is wanted
function parent_count:begin(list, page, resumed)
  local found = workload.of(list, { rows = page:count(), full_size = true })
  self.known = { name = list.stream.name, count = found.records or page:count(), at_most = resumed,
    at_least = found.at_least or not found.records }
end

---A child was read. With the first one, what is before the read is said, as far as it is known.
---@param list list of the child
---@param rows integer? that it had
function parent_count:tell(list, rows)
  if list.stream.most_rows and (rows or 0) >= list.stream.most_rows then self.full = self.full + 1 end
  local known, response = self.known, list.last_response
  self.known = nil
  if not known or not response or known.count < 2 then return end
  local stream, config, volume = list.stream, self.config, list.stream.api.volume
  local work = workload.new { path = list.source.path, records = known.count, page_rows = 1, limits = response:limits(),
    ms = response.ms, window = volume and volume.window(stream.path), share = config.rate_share,
    at_once = config.num_workers }
  if self.part and not work:words() then return end
  local how = known.at_most and "at most" or known.at_least and "at least" or "about"
  self.client:log("INFO", ("is asked for each of %s %d %s%s: %s or more%s"):format(how, known.count, known.name,
    known.at_most and ", those that have changed" or "", work:numbers(),
    self.most and self.most < known.count and ("; max_parents ends it after %d"):format(self.most) or ""))
end

---A parent is there, and the server has no path for its name.
---@param list list of the child
function parent_count:leave_out(list)
  self.slashed, self.first_slashed = self.slashed + 1, self.first_slashed or list.source.path
end

---Says how many lists were as long as the server lets them be, and how many parents were left out.
---@param stream stream
function parent_count:warn(stream)
  if self.full > 0 then
    self.client:log("WARN", FULL:format(counted(self.full, "list has", "lists have"), stream.most_rows))
  end
  if self.slashed > 0 then
    self.client:log("WARN", SLASHED:format(counted(self.slashed, "parent is", "parents are"), self.first_slashed))
  end
end

---What the cap has left, in all projects.
---@return string? words nil: nothing
function parent_count:words()
  local left = self.client.stats.parents_left
  if not left then return nil end
  return CAPPED:format(self.most, counted(self.client.stats.parents, "parent"), counted(left, "parent"),
    left == 1 and "is" or "are", self.incremental and AGAIN or ANEW)
end

return parent_count
