-- The projects that the configuration names: one by its slug, several, those that a pattern matches, or all.
local airbyte = require "airbyte"
local api = require "api.default"
local counted = require "lib.counted"
local glob = require "lib.glob"
local set_of = require "lib.set_of"
local suggest = require "lib.suggest"

local projects = {}

local MOST_NAMED = 10 -- of an organization's projects, in a message

---@class wanted_projects
---@field names string[] slugs that are written out
---@field patterns string[]
---@field excluded string[] patterns
---@field text string as it was written
---@field written string[] its parts
local wanted = {}
wanted.__index = wanted

local function matches_any(slug, patterns)
  for _, pattern in ipairs(patterns) do
    if glob(pattern, slug) then return true end
  end
  return false
end

---@param text string? of the field `project`; nil or without a name: all
---@param exclude string[]? slugs and patterns
---@return wanted_projects
function projects.parse(text, exclude)
  local self = setmetatable({ names = {}, patterns = {}, excluded = exclude or {}, text = text or "", written = {} }, wanted)
  local any = false
  for one in self.text:gmatch "[^,]+" do
    one = one:match "^%s*(.-)%s*$"
    any, self.written[#self.written + 1] = any or one ~= "", one
    if one:find "[*?]" then self.patterns[#self.patterns + 1] = one
    elseif one ~= "" and not matches_any(one, self.excluded) then self.names[#self.names + 1] = one end
  end
  if not any then self.patterns[1] = "*" end
  return self
end

---The slug where one is written out, and nothing else.
---@return string?
function wanted:single()
  return #self.patterns == 0 and #self.names == 1 and self.names[1] or nil
end

---Is a project meant that is not written out?
---@param slug string
---@return boolean
function wanted:matches(slug)
  return matches_any(slug, self.patterns) and not matches_any(slug, self.excluded)
end

---@class chosen_project
---@field slug string
---@field named boolean? it is written out, and no pattern's alone

-- Those that are written out, in their order, and then those of the list that a pattern matches.
local function choose(self, slugs)
  local list, seen = {}, set_of(self.names)
  for i, name in ipairs(self.names) do list[i] = { slug = name, named = true } end
  for _, slug in ipairs(slugs) do
    if not seen[slug] and self:matches(slug) then list[#list + 1] = { slug = slug } end
  end
  return list
end

local function explain_none(self, organization, slugs)
  local more = #slugs > MOST_NAMED and (" and %d more"):format(#slugs - MOST_NAMED) or ""
  local has = #slugs == 0 and "none that the token sees"
    or table.concat(slugs, ", ", 1, math.min(#slugs, MOST_NAMED)) .. more
  return ("project: nothing in the organization %s is meant by '%s'%s; it has %s"):format(organization, self.text,
    #self.excluded > 0 and " without exclude_projects" or "", has)
end

-- Those that are written out, and that the list lacks, for messages: a read says so of each by itself.
local function unseen(self, slugs)
  local there, lacking = set_of(slugs), {}
  for _, name in ipairs(self.names) do
    if not there[name] then lacking[#lacking + 1] = ("'%s'%s"):format(name, suggest.hint(name, slugs)) end
  end
  return lacking[1] and table.concat(lacking, ", ")
end

---Projects that are known from before, are meant still, and stand no more in the organization's list.
---@param config table that was settled
---@param known table<string, any> by slug
---@return string[] slugs in order
function projects.gone(config, known)
  local meant, there, gone = projects.parse(config.projects_text, config.exclude_projects), {}, {}
  for _, project in ipairs(config.projects) do there[project.slug] = true end
  for slug in pairs(known) do
    if not there[slug] and meant:matches(slug) then gone[#gone + 1] = slug end
  end
  table.sort(gone)
  return gone
end

local VAIN = "exclude_projects: '%s' is no project of the organization %s that the token sees%s"

-- What is left out in vain was perhaps misspelt, and is read.
local function warn_of_excluded(self, organization, slugs)
  local written = set_of(self.written)
  for _, pattern in ipairs(self.excluded) do
    local found = written[pattern]
    for _, slug in ipairs(slugs) do found = found or glob(pattern, slug) end
    if not found then airbyte.log("WARN", VAIN:format(pattern, organization, suggest.hint(pattern, slugs))) end
  end
end

---Finds out which projects are meant, where that is not one slug: then the organization's list is asked for. From then on
---`config.projects` has them, and `config.project` is the first; `config.projects_text` is what was written, and
---`config.projects_unseen` names those that are written out and not in the list. Where it cannot be had and is needed,
---`config.projects_failure` says why, for the streams that read projects.
---@param config table
---@param options table
---@param api_client client?
function projects.settle(config, options, api_client)
  local self = projects.parse(config.project, config.exclude_projects)
  if not config.auth_token or config.projects or self:single() then
    config.project = config.auth_token and self:single() or config.project
    return
  end
  local slugs, message, kind = api.places.projects(api_client or require "api.client".new(api, config, options))
  if not slugs and #self.patterns == 0 then message = nil end -- they are known without it
  local list = choose(self, slugs or {})
  if slugs and #list == 0 then message, kind = explain_none(self, config.organization, slugs), "config_error" end
  if slugs then warn_of_excluded(self, config.organization, slugs) end
  config.projects, config.projects_text = list, self.text
  config.projects_unseen = slugs and unseen(self, slugs) or nil
  config.project = list[1] and list[1].slug
  if message then config.projects_failure = { message = message, failure_type = kind } end
end

local NOT_READABLE = { [403] = true, [404] = true }

---Is a project left out, where the server answers so? One that is written out is a failure.
---@param project chosen_project
---@param status integer?
---@return boolean
function projects.leaves_out(project, status) return not project.named and NOT_READABLE[status] == true end

---What to say where all of them were left out.
---@param count integer
---@param slug string the first one's
---@param message string why it was
---@return string
function projects.none_of(count, slug, message)
  return ("none of %s could be read; the first: %s: %s"):format(counted(count, "project"), slug, message)
end

---What is wrong with the projects that were meant; nil: nothing that shows.
---@param config table after projects.settle
---@return string?
function projects.amiss(config)
  if config.projects_failure then return config.projects_failure.message end
  return config.projects_unseen and ("project: the organization %s has no %s, or the token does not see that"):format(
    config.organization, config.projects_unseen)
end

return projects
