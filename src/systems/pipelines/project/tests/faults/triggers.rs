//! Triggers and sources.

use super::*;

#[test]
fn triggers_are_checked() {
    for (trigger, problem) in [
        (
            "{run: a}",
            "triggers.t: expected one of cron, webhook, file, after, form",
        ),
        (
            "{cron: '0 3 * * *'}",
            "triggers.t: the key `run` is missing",
        ),
        (
            "{cron: '0 3 * * *', run: b}",
            "triggers.t.run: unknown task `b`; did you mean a?",
        ),
        ("{cron: '0 3 * *', run: a}", "found 4 fields; expected five"),
        (
            "{cron: '60 3 * * *', run: a}",
            "the minute `60`; expected 0 to 59",
        ),
        (
            "{cron: '0 3 * * funday', run: a}",
            "the day of the week `funday`; expected 0 to 7 or sun to sat",
        ),
        (
            "{cron: '0 3 30 feb *', run: a}",
            "this day does not exist in any of these months",
        ),
        ("{cron: '*/0 3 * * *', run: a}", "the minute: invalid step"),
        ("{cron: '5-1 3 * * *', run: a}", "ends before it begins"),
        (
            "{cron: '0 3 * * *', run: a, timezone: Mars}",
            "triggers.t.timezone: unknown zone `Mars`",
        ),
        (
            "{cron: '0 3 * * *', run: a, settle: 1s}",
            "triggers.t.settle: belongs to file, not to cron",
        ),
        (
            "{cron: '0 3 * * *', run: a, overlap: drop}",
            "found `drop`; expected one of queue, skip, cancel, allow",
        ),
        (
            "{cron: '0 3 * * *', run: a, with: {dat: x}}",
            "triggers.t.with.dat: no task of this trigger has such a parameter; did you mean date?",
        ),
        (
            "{cron: '0 3 * * *', run: a, with: {date: x}}",
            "triggers.t.with.date: found `x`; expected a date",
        ),
        (
            "{cron: '0 3 * * *', run: a, with: {date: '{now}'}}",
            "{now} is known in `default` only",
        ),
        (
            "{cron: '0 3 * * *', run: a, with: {date: 2026-11-21..2026-11-20}}",
            "ends before it begins",
        ),
        (
            "{cron: '0 3 * * *', run: n}",
            "triggers.t: n needs a value for n; expected it in `with`",
        ),
        ("{webhook: github, run: a}", "the key `secret` is missing"),
        (
            "{webhook: svn, secret: HOOK, run: a}",
            "found `svn`; expected one of github, gitlab, gitea",
        ),
        (
            "{webhook: github, secret: HOKO, run: a}",
            "unknown secret `HOKO`; did you mean HOOK?",
        ),
        ("{file: 'x/(', run: a}", "invalid expression `(`"),
        (
            "{file: 'x/(?<dat>.*)', run: a}",
            "no task of this trigger has such a parameter; did you mean date?",
        ),
        ("{file: '{X}/x', run: a}", "unknown placeholder `X`"),
        ("{file: 'x/', run: a}", "the last segment is empty"),
        ("{after: b, run: a}", "triggers.t.after: unknown task `b`"),
        (
            "{after: a, run: a, state: done}",
            "found `done`; expected one of succeeded",
        ),
        (
            "{form: [dat], run: a}",
            "no task of this trigger has such a parameter",
        ),
        ("{form: [], cron: '0 3 * * *', run: a}", "stands beside"),
    ] {
        let text = format!(
            "project: p\nsecrets: [HOOK]\ntasks:\n  a: {{params: {{date: {{type: date, default: '{{now}}'}}}}}}\n  \
             n: {{params: {{n: {{type: int}}}}}}\ntriggers:\n  t: {trigger}\n"
        );
        let faults = faults_of(&text);
        assert!(faults.contains(problem), "{trigger}\n{faults}");
        assert_eq!(faults.lines().count(), 1, "{trigger}\n{faults}");
    }
}

#[test]
fn sources_are_checked() {
    for (source, problem) in [
        ("{ref: main}", "source: the key `git` is missing"),
        ("{git: 'ext::sh -c id'}", "not an option or a helper of git"),
        (
            "{git: '--upload-pack=x'}",
            "not an option or a helper of git",
        ),
        (
            "{git: 'http://x/y'}",
            "expected an address that begins with https:// or ssh://",
        ),
        ("{git: /srv/git}", "directories are file: addresses"),
        (
            "{git: 'ssh://-oProxyCommand=x/y'}",
            "expected an address that begins with",
        ),
        (
            "{git: 'https://x/y', ref: --x}",
            "source.ref: found `--x`; expected a name",
        ),
        (
            "{git: 'https://x/y', path: ../x}",
            "expected a path inside of the repository",
        ),
        ("{git: 'https://x/y', poll: often}", "or none"),
        (
            "{git: 'https://x/y', status: {repo: r, token: HOOK}}",
            "source.status: expected one of github, gitlab, gitea",
        ),
        (
            "{git: 'https://x/y', status: {github: 'https://x', repo: r, token: NO}}",
            "unknown secret `NO`",
        ),
    ] {
        let text = format!("project: p\nsecrets: [HOOK]\nsource: {source}\n");
        let faults = faults_of(&text);
        assert!(faults.contains(problem), "{source}\n{faults}");
        assert_eq!(faults.lines().count(), 1, "{source}\n{faults}");
    }
}
