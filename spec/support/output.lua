-- What busted prints: what failed and why, what was left out and why, and a last line that counts. A test, and a file, that
-- leaves something open fails.
local busted = require "busted"
local leftovers = require "spec.support.leftovers"

local function name_of(handler, element)
  return handler.getFullName and handler.getFullName(element) or tostring(element.name)
end

local function print_list(handler, kind, list)
  for _, item in ipairs(list) do
    print(("\n%s  %s"):format(kind, item.name or name_of(handler, item.element)))
    if item.trace and item.trace.short_src then print(("      %s:%d"):format(item.trace.short_src, item.trace.currentline)) end
    if item.message then print("      " .. tostring(item.message):gsub("\n", "\n      ")) end
  end
end

-- A reason that many tests share is printed once.
local function print_skipped(handler, list)
  local names, reasons = {}, {}
  for _, item in ipairs(list) do
    local reason = item.message and tostring(item.message) or "no reason was given"
    if not names[reason] then names[reason], reasons[#reasons + 1] = {}, reason end
    table.insert(names[reason], item.name or name_of(handler, item.element))
  end
  for _, reason in ipairs(reasons) do
    print(("\nSKIPPED  %s\n      %s"):format(reason, table.concat(names[reason], "\n      ")))
  end
end

-- A test that succeeded otherwise does not count as one that passed.
local function check_test(handler, element, parent, status)
  local found = leftovers.found()
  if not found or status ~= "success" then return status end
  table.remove(handler.successes)
  busted.publish({ "failure", element.descriptor }, element, parent, found, {})
  return "failure"
end

local function print_end(handler)
  print()
  print_skipped(handler, handler.pendings)
  print_list(handler, "FAILED", handler.failures)
  print_list(handler, "ERROR", handler.errors)
  print(("\n%.1f s"):format(handler.getDuration()))
  local skipped = #handler.pendings > 0 and (", %d skipped"):format(#handler.pendings) or ""
  print(("%d passed, %d failed%s"):format(#handler.successes, #handler.failures + #handler.errors, skipped))
end

return function(options)
  local handler = require "busted.outputHandlers.base"()

  function handler.testEnd(element, parent, status)
    status = check_test(handler, element, parent, status)
    if options.deferPrint then return nil, true end
    io.write(status == "success" and "." or status == "pending" and "o" or "x")
    io.flush()
    return nil, true
  end

  function handler.fileEnd(file)
    local found = leftovers.found()
    if found then busted.publish({ "error", "file" }, file, nil, found, {}) end
    return nil, true
  end

  function handler.suiteEnd()
    print_end(handler)
    return nil, true
  end

  busted.subscribe({ "test", "end" }, handler.testEnd, { predicate = handler.cancelOnPending })
  busted.subscribe({ "file", "end" }, handler.fileEnd)
  busted.subscribe({ "suite", "end" }, handler.suiteEnd)
  busted.subscribe({ "failure" }, function() return nil, true end)
  busted.subscribe({ "error" }, function() return nil, true end)
  return handler
end
