-- `./dev`: what it installs, and what it says where it may not; how it sums up the specs. The commands are pretended.
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"

local FOLDER = assert(os.getenv "PWD")

-- A folder of commands, each of which writes its name and words to a file `log` there and then runs the text given.
local function commands(name, given)
  local folder = perigee.folder(name)
  perigee.write("", name .. "/log")
  for command, text in pairs(given) do
    perigee.write(("#!/bin/sh\necho %s \"$@\" >>'%s/log'\n%s\n"):format(command, folder, text), name .. "/" .. command)
  end
  assert(os.execute(("chmod +x '%s'/* && ln -sf \"$(command -v dirname)\" \"$(command -v env)\" '%s'"):format(folder, folder)))
  return folder
end

-- Runs ./dev with these commands alone; returns its status, what it said and which commands it ran.
local function dev(word, folder)
  local result = perigee.run { binary = "/bin/bash", FOLDER .. "/dev", word, env = { PATH = folder } }
  return result.status, result.err, files.read(folder .. "/log")
end

-- All packages that ./dev names, for whatever word.
local function named_packages()
  local list, lists = {}, 0
  for packages in files.read "dev":gmatch "\n%w+_packages=(%b())" do
    lists = lists + 1
    for package in packages:sub(2, -2):gmatch "%S+" do list[#list + 1] = package end
  end
  assert(lists >= 4)
  return list
end

local function assert_installs_all(line)
  for _, package in ipairs(named_packages()) do
    assert.is_truthy((line .. " "):find(" " .. package .. " ", 1, true), package .. " is not in: " .. line)
  end
end

describe("./dev setup", function()
  teardown(perigee.cleanup)

  it("installs, for root, what any word needs, after having fetched the lists of packages", function()
    local status, err, log = dev("setup", commands("root", { ["dpkg-query"] = "exit 1", id = "echo 0", ["apt-get"] = "" }))
    assert.equal(0, status, err)
    local first, second = log:match "(apt%-get update[^\n]*)\n(apt%-get install[^\n]*)\n$"
    assert.is_truthy(first, log)
    assert_installs_all(second)
  end)

  it("does nothing where all is there", function()
    local folder = commands("whole", { ["dpkg-query"] = "printf installed", id = "echo 0", ["apt-get"] = "" })
    local status, _, log = dev("setup", folder)
    assert.equal(0, status)
    assert.is_nil(log:find("apt-get", 1, true), log)
  end)

  it("prints the line to run where sudo would ask for a password", function()
    local folder = commands("asking", { ["dpkg-query"] = "exit 1", id = "echo 1000", sudo = "exit 1", ["apt-get"] = "" })
    local status, err, log = dev("setup", folder)
    assert.equal(1, status)
    local line = err:match "\n  (sudo apt%-get update && sudo apt%-get install %-y %-%-no%-install%-recommends .*)\n"
    assert_installs_all(assert(line, err))
    assert.is_nil(log:find("apt-get", 1, true), log)
  end)

  it("prints the line for root where there is no sudo", function()
    local folder = commands("plain", { ["dpkg-query"] = "exit 1", id = "echo 1000", ["apt-get"] = "" })
    local status, err = dev("setup", folder)
    assert.equal(1, status)
    assert.matches("as root", err)
    local line = err:match "\n  (apt%-get update && apt%-get install %-y %-%-no%-install%-recommends .*)\n"
    assert_installs_all(assert(line, err))
  end)
end)

describe("./dev test", function()
  teardown(perigee.cleanup)

  -- A project of these spec files, and a program that says of each what the shell's text for it says.
  local function project(name, specs)
    local folder = perigee.folder(name)
    perigee.folder(name .. "/spec")
    perigee.folder(name .. "/build")
    perigee.write(files.read "dev", name .. "/dev")
    local cases = {}
    perigee.folder(name .. "/spec/interop")
    for spec, text in pairs(specs) do
      perigee.write("", ("%s/spec/%s_spec.lua"):format(name, spec))
      cases[#cases + 1] = ("*/%s_spec.lua) %s ;;"):format(spec, text)
    end
    cases[#cases + 1] = '*) echo "0 passed, 0 failed" ;;' -- the long files, which it begins with
    perigee.write(('#!/bin/sh\ncase "$3" in\n%s\nesac\n'):format(table.concat(cases, "\n")), name .. "/build/perigee")
    assert(os.execute(("chmod +x '%s/build/perigee'"):format(folder)))
    return folder
  end

  local function run(folder, ...)
    local path = commands("built", { ["dpkg-query"] = "printf installed", cmake = "" }) .. ":" .. os.getenv "PATH"
    return perigee.run { binary = "/bin/bash", folder .. "/dev", env = { PATH = path }, ... }
  end

  local function test(folder) return run(folder, "test") end

  it("prints a line for each file, the slow ones and the total, though a file's process breaks", function()
    local result = test(project("breaking", {
      sound = 'echo "3 passed, 0 failed"', broken = "kill -SEGV $$", skipping = 'echo "2 passed, 0 failed, 4 skipped"',
      failing = 'echo "why it failed"; echo "5 passed, 2 failed"; exit 1',
    }))
    assert.equal(1, result.status, result.err)
    local text = table.concat(result.lines, "\n")
    for spec, count in pairs { sound = "3 passed, 0 failed", broken = "0 passed, 1 failed: it ended before it could count",
      skipping = "2 passed, 0 failed, 4 skipped", failing = "5 passed, 2 failed" } do
      assert.is_truthy(text:find(("%%d s  spec/%s_spec.lua +%s"):format(spec, count)), text)
    end
    assert.matches("\n    why it failed\n", text)
    assert.matches("The slowest.*_spec.lua", result.err)
    assert.equal("10 passed, 3 failed, 4 skipped", result.lines[#result.lines])
  end)

  -- A spec that ran so many cases of each kind that ./dev has a floor for.
  local function counting(number)
    local kinds = {}
    for kind in files.read("dev"):match("case_floors='(%a[^']*)'"):gmatch "([^;=]+)=" do
      kinds[#kinds + 1] = ("echo 'counted %d %s'"):format(number, kind)
    end
    assert(#kinds > 3)
    return table.concat(kinds, "; ") .. '; echo "3 passed, 0 failed"'
  end

  it("ends with 0 where nothing failed, and tells how many cases of each kind there were", function()
    local result = test(project("sound", { sound = counting(500000), another = counting(500000) }))
    assert.equal(0, result.status, result.err)
    assert.equal("6 passed, 0 failed", result.lines[#result.lines])
    assert.is_truthy(table.concat(result.lines, "\n"):find("\n1000000 faults of a server\n", 1, true))
  end)

  it("fails where the specs ran fewer cases of a kind than there must be", function()
    local result = test(project("idle", { sound = counting(1) }))
    assert.equal(1, result.status)
    assert.matches("\n1 injected failures, and at least %d+ must be\n", table.concat(result.lines, "\n"))
  end)

  it("leaves those with other people's programs to ./dev interop, which runs all, or those that are named", function()
    local folder = project("with_others", { sound = 'echo "3 passed, 0 failed"', ["interop/client"] = 'echo "1 passed, 0 failed"',
      ["interop/base"] = 'echo "1 passed, 2 failed"' })
    local tested = test(folder)
    assert.equal("3 passed, 0 failed", tested.lines[#tested.lines])
    local all, named, typo = run(folder, "interop"), run(folder, "interop", "client"), run(folder, "interop", "cleint")
    assert.same({ 1, "2 passed, 2 failed" }, { all.status, all.lines[#all.lines] })
    assert.same({ 0, "1 passed, 0 failed" }, { named.status, named.lines[#named.lines] })
    assert.equal(2, typo.status)
    assert.matches("There is no spec/interop/cleint_spec.lua", typo.err)
  end)
end)

describe("./dev release", function()
  teardown(perigee.cleanup)

  it("refuses a tree with files that are of no commit, and a version that the changelog does not have", function()
    local folder = perigee.folder "released"
    perigee.folder "released/packaging"
    perigee.write(files.read "packaging/release", "released/packaging/release")
    perigee.write("project(perigee VERSION 9.8.7 LANGUAGES C)\n", "released/CMakeLists.txt")
    perigee.write("# Changelog\n\n## 9.8.6\n", "released/CHANGELOG.md")
    local function run(command)
      return perigee.run { binary = "/bin/bash", "-c", command, cwd = folder, env = { HOME = folder } }
    end
    if run("git --version").status ~= 0 then return pending "git is not installed" end
    run "git init -q . && git add . && git -c user.name=any -c user.email=any@example.com commit -q -m first"
    local lacking = run "bash packaging/release"
    assert.same({ 1, "CHANGELOG.md has no heading '## 9.8.7', which CMakeLists.txt names.\n" }, { lacking.status, lacking.err })
    perigee.write("", "released/left.c")
    local dirty = run "bash packaging/release"
    assert.equal(1, dirty.status)
    assert.matches("^A release is of a commit, .*\n%?%? left%.c\n$", dirty.err)
    assert.is_nil(os.rename(folder .. "/dist", folder .. "/dist"))
  end)
end)
