-- Makes the recordings in spec/recordings anew, from the fake Sentry: build/perigee lua spec/support/make_recordings.lua
-- What is expected of them is then written by: build/perigee test spec/recordings --update
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local folder = "spec/recordings/"
local scenario = sentry.scenario { data = { events = 7, issues = 7, projects = 4 }, page_size = 3 }
-- Of other teams' projects and archived ones, too.
local of_teams = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 4, releases = 5, archived = 5 }, page_size = 3 }
for name, mode in pairs { events = "incremental", issues = "incremental", projects = "incremental",
  releases = "incremental", project_detail = "full_refresh" } do
  local place = name == "releases" and of_teams or scenario
  local result = connector.read(place, { { name, mode } }, { words = { "--record", folder .. name .. ".har" } })
  assert(result.status == 0, table.concat(result.lines, "\n"))
end
perigee.cleanup()
