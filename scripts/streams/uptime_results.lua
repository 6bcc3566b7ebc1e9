-- Each check of an uptime monitor, a record for each request that it made: those of the last 90 days, as Explore shows them.
return require "sentry.explore".stream {
  name = "uptime_results",
  dataset = "uptime_results",
  fields = { "check_id", "request_sequence", "timestamp", "project_id", "subscription_id", "environment", "region",
    "check_status", "status_reason_type", "status_reason_description", "scheduled_check_time_us", "actual_check_time_us",
    "check_duration_us",
    "method", "original_url", "request_url", "request_type", "http_status_code", "request_duration_us", "trace" },
  key = { "check_id", "request_sequence" },
}
