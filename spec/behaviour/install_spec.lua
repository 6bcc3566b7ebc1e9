-- `cmake --install`: into a prefix, and below a DESTDIR, where packages are made.
local files = require "spec.support.files"
local it_unless = require "spec.support.it_unless"
local perigee = require "spec.support.perigee"

local BUILD = perigee.binary:match "^(.*)/[^/]*$"
local WHY = not os.rename(BUILD .. "/cmake_install.cmake", BUILD .. "/cmake_install.cmake")
  and BUILD .. " was not made by cmake: nothing to install"

local installs = it_unless(_ENV, WHY)

local function sh(command, ...)
  local result = perigee.run { binary = "/bin/sh", "-c", command:format(...) }
  assert.equal(0, result.status, result.err .. table.concat(result.lines, "\n"))
  return result.lines
end

local function install(destdir, prefix) sh("DESTDIR='%s' cmake --install '%s' --prefix '%s'", destdir, BUILD, prefix) end

describe("cmake --install", function()
  teardown(perigee.cleanup)

  installs("puts what is needed into a prefix, where the binary finds its scripts from any folder", function()
    local prefix = perigee.folder "prefix"
    install("", prefix)
    local result = perigee.run { "discover", binary = prefix .. "/bin/perigee", cwd = "/" }
    assert.same({ 0, "" }, { result.status, result.err })
    assert.same(perigee.run({ "discover" }).lines, result.lines)
    for _, path in ipairs { "share/perigee/scripts/read.lua", "share/perigee/schemas/events.json", "share/man/man1/perigee.1",
      "share/man/man5/perigee-streams.5", "share/bash-completion/completions/perigee", "share/zsh/site-functions/_perigee",
      "share/fish/vendor_completions.d/perigee.fish", "share/doc/perigee/LICENSE", "share/doc/perigee/docs/streams.md",
      "share/doc/perigee/examples/articles.lua", "share/doc/perigee/deploy/cronjob.yaml" } do
      assert.is_true(#files.read(prefix .. "/" .. path) > 100, path)
    end
    for _, name in ipairs { "perigee-sync.service", "perigee-sync.cron" } do
      local text = files.read(prefix .. "/share/doc/perigee/deploy/" .. name)
      assert.truthy(text:find(prefix .. "/bin/perigee sync", 1, true), text)
      assert.is_nil(text:find("/usr/local", 1, true), text)
    end
  end)

  installs("puts the same below a DESTDIR, with paths that hold where that is the root", function()
    local staged, prefix = perigee.folder "staged", perigee.folder "prefix"
    install("", prefix)
    install(staged, "/usr")
    local list = "cd '%s' && find . ! -type d | LC_ALL=C sort"
    assert.same(sh(list, prefix), sh(list, staged .. "/usr"))
    assert.equal(0, perigee.run({ "spec", binary = staged .. "/usr/bin/perigee", cwd = "/" }).status)
    local unit = files.read(staged .. "/usr/share/doc/perigee/deploy/perigee-sync.service")
    assert.matches("\nExecStart=/usr/bin/perigee sync", unit)
  end)

  installs("links the configuration's form to the page that the build was given", function()
    local prefix, page, other = perigee.folder "prefix", "https://example.com/my-page", perigee.folder "configured"
    install("", prefix)
    sh("cmake -S . -B '%s' -DPERIGEE_DOCUMENTATION_URL=%s", other, page)
    sh("cmake --install '%s' --component schemas --prefix '%s'", other, prefix)
    local spec = perigee.run({ "spec", binary = prefix .. "/bin/perigee" }).lines[1]
    local own = perigee.run({ "spec" }).lines[1]
    assert.equal(spec, (own:gsub('"documentationUrl": "[^"]*"', ('"documentationUrl": "%s"'):format(page))))
    assert.not_equal(spec, own)
  end)
end)
