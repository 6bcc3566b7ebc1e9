--- busted's `it`, of specs that are left out for a reason, which is printed.
---@param environment table the spec file's _ENV, in which busted puts `it` and, while a test runs, `pending`
---@param why string? nil: they run
---@return fun(name: string, test: fun())
return function(environment, why)
  return function(name, test)
    environment.it(name, function()
      if why then return environment.pending(why) end
      test()
    end)
  end
end
