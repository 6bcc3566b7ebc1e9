--- Is what the specs run a build with sanitizers? It is slower, keeps what was freed, and has limits of its own.
return (os.getenv "PERIGEE" or ""):find "sanitize" ~= nil
