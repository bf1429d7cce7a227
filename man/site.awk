# site.awk: goes through a page in HTML, tag by tag, for man/site.
#
# usage: awk -v file=NAME.html -v source=PAGE -v label=NAME -v parts=FOLDER -f ...
#
# The page comes out again, with an id for each heading, term and row.  FOLDER/FILE.index
# gets a line for each of them, for search.js.  FOLDER/N gets the examples of group
# N, for the recipes.  An example is an element with the id example-NAME, or the
# block after the comment "example: NAME".
BEGIN { RS = "<" }

# group EXAMPLE: the number of its group in man/site; 0: how to install is no recipe.
function group(name,  it) {
	it = source " " name
	return it ~ /^README.md (demo|check|deb|install)$/ ? 0 : \
		it ~ /^onlyone-cluster/ ? 6 : \
		it ~ /^onlyone\.5| enforce$/ ? 5 : \
		it ~ /cron|service$|timer$|unit$/ ? 2 : \
		it ~ / (document|valued|interpreter|directory)$|keys|bear/ ? 4 : \
		it ~ /^onlyone-desktop| (editor|doctor|activate|handler|glance)$/ ? 1 : 3
}

# line S: its words on one line.
function line(s) {
	gsub(/[ \t\n]+/, " ", s)
	gsub(/^ | $/, "", s)
	return s
}

# quoted S: as a string of JavaScript; search.js knows what &lt; is.
function quoted(s) {
	s = line(s)
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\&quot;", s)
	return "\"" s "\""
}

# begin: what comes now is found under an id of its own.
function begin() {
	item = ++items
	id[item] = name[item] = text[item] = ""
	section[item] = heading
	if (match(tag, / id="[^"]*"/))
		id[item] = substr(tag, RSTART + 5, RLENGTH - 6)
}

# named: the name of the item is complete, and makes its id if it has none.
function named(  it) {
	name[item] = line(name[item])
	it = name[item]
	gsub(/&[^;]*;|[^A-Za-z0-9. -]/, "", it)
	gsub(/ /, "_", it)
	if (naming !~ /^h/)
		it = place "-" it
	if (id[item] == "") {
		id[item] = it (used[it]++ ? "-" used[it] : "")
		sub(/^<[a-z0-9]+/, "& id=\"" id[item] "\"", held)
	}
	if (naming ~ /^h/) {
		section[item] = heading = name[item]
		place = id[item]
	}
	naming = ""
	printf "%s", held
}

# recipe: the example is complete.
function recipe(  to) {
	sub(/\n+$/, "", code)
	gsub(/ id="[^"]*"/, "", above)
	gsub(/href="#/, "href=\"" file "#", above)
	to = parts "/" group(example)
	printf "<h3><a href=\"%s#example-%s\">%s: %s</a></h3>\n", file, example,
		label, heading >>to
	printf "%s<pre data-example=\"%s %s\">%s</pre>\n",
		above ~ /[^ \n]/ ? "<p>" line(above) "</p>\n" : "", source, example,
		lines ? code : line(code) >>to
	example = ""
}

NR == 1 { next } # nothing is before the first tag

{
	split_at = index($0, ">")
	tag = substr($0, 1, split_at - 1)
	rest = substr($0, split_at + 1)
	el = tag
	sub(/[ \n].*/, "", el)
	block = el ~ /^\/?(h[1-6]|p|pre|div|section|[duo]l|d[dt]|li|t[rdh]|table|br)\/?$/
}

# What a manual has above its text, and below: its tables with the date, the contents.
tag ~ /^table class="(head|foot)"/ || tag == "h1 class=\"Sh\"" { aside = 1 }
el == "section" { aside = 0 }
aside {
	printf "<%s", $0
	next
}

tag ~ /^!-- / {
	if (split(tag, word, " ") > 2 && word[2] == "example:")
		mark = word[3]
	printf "%s", rest
	next
}
el == "pre" && mark {
	tag = tag " id=\"example-" mark "\""
	mark = ""
}

# What is above an example: the last sentence, or the paragraph if it has a lead.
block && !example {
	if (before ~ /[^ \n]/)
		above = before
	before = depth = ""
}
el ~ /^\/h/ { above = "" }
!example && match(tag, / id="example-[^"]*/) {
	example = substr(tag, RSTART + 13, RLENGTH - 13)
	code = lines = ""
}
example {
	if (el == "pre") {
		code = ""
		lines = 1
	}
	if (el == "/pre" || el == "/div")
		recipe()
	else
		code = code rest
	if (el ~ /^\/?a$/) # mandoc makes its first word a link
		tag = ""
}

!block && !example {
	depth += el ~ /^\// ? -1 : 1
	if (depth == 1 && before ~ /[.?!][ \n]+$/ && before !~ /^<strong/)
		before = ""
	before = before "<" tag ">"
}
!example {
	more = rest
	while (!depth && before !~ /^<strong/ && match(more, /[.?!][ \n]+[^ \n<]/)) {
		before = ""
		more = substr(more, RSTART + RLENGTH - 1)
	}
	before = before more
}

# The items.
naming && el ~ (naming == "tr" ? "^/t[dh]$" : "^/" naming "$") { named() }
el ~ /^(table|[duo]l)$/ { outer[++nested] = item }
el ~ /^\/(table|[duo]l)$/ { item = outer[nested--] }
el ~ /^(h[1-6]|dt|tr)$/ {
	begin()
	naming = el
	held = ""
}
el ~ /^(p|li)$/ && tag ~ / id="/ { begin() }
{
	if (naming)
		name[item] = name[item] rest
	else if (item)
		text[item] = text[item] (block ? " " : "") rest
	out = (tag ? "<" tag ">" : "") rest
	if (naming)
		held = held out
	else
		printf "%s", out
}

END {
	for (i = 1; i <= items; i++)
		printf "[%s,%s,%s,%s,%s,%s],\n", quoted(label), quoted(file),
			quoted(id[i]), quoted(section[i]), quoted(name[i]),
			quoted(text[i]) >(parts "/" file ".index")
}
