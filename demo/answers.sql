.print "Errors an hour"
SELECT strftime('%Y-%m-%d %H:00', dateCreated) AS hour, count(*) AS events FROM events GROUP BY hour ORDER BY hour;
.print "The issues with the most events, and the releases that have them"
SELECT i.shortId AS issue, i.title, count(DISTINCT e.id) AS events, group_concat(DISTINCT t.value) AS releases
  FROM issues i JOIN events e ON e.groupID = i.id LEFT JOIN events_tags t ON t.id = e.id AND t.key = 'release'
  GROUP BY i.id ORDER BY count(DISTINCT e.id) DESC, i.id LIMIT 5;
.print "How long releases were out when the first error of theirs came"
SELECT r.version AS release, date(r.dateCreated) AS created,
    round(julianday(min(e.dateCreated)) - julianday(r.dateCreated), 1) AS days
  FROM releases r JOIN events_tags t ON t.key = 'release' AND t.value = r.version JOIN events e ON e.id = t.id
  GROUP BY r.version ORDER BY days DESC LIMIT 5;
.print "Events by browser and environment"
SELECT b.value AS browser, n.value AS environment, count(*) AS events
  FROM (SELECT DISTINCT id, value FROM events_tags WHERE key = 'browser') b
  JOIN (SELECT DISTINCT id, value FROM events_tags WHERE key = 'environment') n ON n.id = b.id
  GROUP BY browser, environment ORDER BY events DESC;
.print "What the second sync added"
SELECT stream, new, updated, requests FROM _perigee_syncs WHERE sync = (SELECT max(sync) FROM _perigee_syncs) ORDER BY stream;
