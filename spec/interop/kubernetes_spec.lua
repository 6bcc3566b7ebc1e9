-- The files for Kubernetes, by its own schemas (kubernetes-validate), and their commands, by perigee's own command line.
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local venv = require "spec.support.venv"

local function validate(path)
  return perigee.run { binary = venv.programs "kubernetes" .. "/kubernetes-validate", "--strict", path }
end

describe("deploy/", function()
  teardown(perigee.cleanup)

  for _, name in ipairs { "kubernetes-indexed-job.yaml", "cronjob.yaml" } do
    it("has a " .. name .. " that Kubernetes takes, each field of it", function()
      local path = "deploy/" .. name
      local result = validate(path)
      assert.equal(0, result.status, result.err .. table.concat(result.lines, "\n"))
      local broken = perigee.write(files.read(path):gsub("restartPolicy", "restartPolitics", 1), name)
      assert.is_true(validate(broken).status ~= 0)
    end)
  end

  it("has a Job that names as many shards as it has completions, and a command that perigee understands", function()
    local text = files.read "deploy/kubernetes-indexed-job.yaml"
    local completions = text:match "completions: (%d+)"
    assert.equal(completions, text:match "parallelism: (%d+)")
    local words = {}
    for word in text:match("args:\n(.-)resources:"):gmatch "%- (%S+)" do
      words[#words + 1] = word:gsub("%$%(JOB_COMPLETION_INDEX%)", tostring(completions - 1))
    end
    assert.equal(("--shard=%d/%d"):format(completions - 1, completions), words[5])
    words[2] = "--config=" .. perigee.write '{"auth_token": "x", "organization": "acme", "project": "web"}'
    words[3] = "--to=postgresql://writer@127.0.0.1:1/warehouse" -- where nobody is: so far all was understood
    local result = perigee.run(words)
    assert.equal(1, result.status)
    assert.matches("^error: postgresql://writer@127.0.0.1:1/warehouse: connection to server", result.err)
  end)
end)
