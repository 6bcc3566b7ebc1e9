-- The API that streams are of unless they name a `base`; the one line of general code that says which one that is.
return require "sentry"
