"""Names that people give to folders, classes and sweeps, each of which some language takes for more than a name."""

NAMES = (
    "Bridge 7 (copy), v=2",
    *("[sound]", "[/a]", "[bold]x[/bold]", ":warning:", "{x: 1}", "({[<>]})"),
    *("it's", 'say "x"', "both ' and \"", "back\\slash", "end\\", "\\'", '\\"'),
    *("$HOME", "$x^2$ and $y_1$", "`id`", "$(id)", "a; b & c | d > e", "# no comment", "!history"),
    *("*", "a?", "[ab]", "~x", "-lead", "trail ", "=1+1", "+1+1", "@SUM(A1)", "'=1+1", "''", "_hidden"),
    *("50%", "%41", "%s %d", "{0}", "${oc.env:HOME}", "\\${seed}", "a,b", "a=b"),
    *("null", "true", "2031", "007", "1e5", "nan"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&amp;", "![x](http://a.b/c)", "| a | b |", "**a**"),
    *("Größe", "裂缝", "شقوق", "Трещины", "😀"),
)
"""One line each, and nothing in them that a terminal obeys."""

STEERING = (
    *("two\nlines", "a\rb", "tab\there", "gpj.\u202eexe", "x\udcff"),
    *("\x1b[31mred\x1b[0m", "\x1b]8;;http://a.b\x1b\\link"),
)
"""What a terminal would obey instead of show."""
