-- The filter of system calls, compiled into a program of its own: what its rules decide, and what the kernel makes of it.
local perigee = require "spec.support.perigee"

local SOURCES = "-std=gnu17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -Iruntime "
  .. "spec/support/hardening/seccomp_cases.c runtime/hardening/seccomp.c"

local function compiled(compiler, options)
  local path = perigee.new_path()
  assert(os.execute(("%s %s -o '%s' %s"):format(compiler, options or "", path, SOURCES)))
  return path
end

local function works(command) return os.execute(command .. " >/dev/null 2>&1") end

-- What it prints, and "signal N" where one ended it.
local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  local _, how, number = pipe:close()
  return how == "signal" and text .. "signal " .. number or text
end

local DECISIONS = [[
no rule's call: allow
a call that fails: Operation not permitted
a call that kills: kill
an argument under its mask: allow
an argument of 64 bits: Function not implemented
one whose upper half differs: allow
the sixth argument: Permission denied
no argument that fits: allow
a call of x32: kill
another architecture: kill
]]

describe("a filter of system calls", function()
  local cases

  setup(function() cases = compiled "cc" end)
  teardown(perigee.cleanup)

  local function tried(name) return run(("exec '%s' try %s"):format(cases, name)) end

  it("decides by the first rule that holds, for this architecture alone", function()
    assert.equal(DECISIONS, run(cases .. " decide"))
  end)

  it("decides the same on arm64", function()
    local compiler = "aarch64-linux-gnu-gcc"
    if not works(compiler .. " -E -include stdint.h -x c /dev/null") or not works "qemu-aarch64-static -version" then
      return pending "no C compiler for arm64 with its headers (libc6-dev-arm64-cross), or no qemu-user-static"
    end
    assert.equal(DECISIONS, run("qemu-aarch64-static " .. compiled(compiler, "-static") .. " decide"))
  end)

  it("has calls fail with the errno of their rule", function()
    assert.equal("getpid: done\nthe call: Operation not permitted\n", tried "fails")
    assert.equal("getpid: done\nthe call: Function not implemented\n", tried "argument")
  end)

  it("may refuse what no rule names", function()
    assert.equal("the call: Operation not permitted\n", tried "list")
  end)

  it("ends the process at a call that kills", function()
    assert.equal("getpid: done\nsignal 31", tried "kills")
  end)

  it("ends the process at calls of x32 and of 32 bits", function()
    local machine = assert(io.popen "uname -m")
    if machine:read "l" ~= "x86_64" then
      return pending "this processor has no such calls"
    end
    assert.equal("getpid: done\nsignal 31", tried "x32")
    assert.equal("signal 31", tried "i386")
  end)

  it("is refused whole where its rules are too many", function()
    assert.equal("many: Argument list too long\n", tried "many")
  end)
end)
