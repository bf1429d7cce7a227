# as: user (nothing in it knows who made it)
# site.bats: the site that make html makes: its links lead somewhere, its recipes are
# the examples that tests run, and its search finds options, statuses and verbs.
load lib/manual

own_setup() {
	needs mandoc mandoc
	needs cmark-gfm cmark-gfm
	(cd "$TREE" && man/site "$BATS_TEST_TMPDIR/site") >/dev/null
	cd "$BATS_TEST_TMPDIR/site"
}

@test "pages in the order in which one reads them, the picture; links lead to places" {
	assert_equal "$(sed -n 's/^<nav>//p' index.html | grep -o '[a-zA-Z0-9.-]*\.html' |
		tr '\n' ' ')" "index.html onlyone.1.html onlyonectl.1.html \
onlyone-jobs.7.html onlyone-desktop.7.html onlyone.5.html onlyone-security.7.html \
onlyone.7.html onlyone-cluster.1.html recipes.html cli-HACKING.html "
	assert_equal "$(cd "$TREE/man" && ls *.[1-9])" "$(ls *.[1-9].html | sed 's/.html//')"
	cmp film.png "$TREE/man/film.png"
	grep -q '<img src="film.png"' index.html
	# Those of other sites are left out; the search's are places too.
	python3 - *.html <<-'END'
		import html.parser, json, re, sys

		class Page(html.parser.HTMLParser):
		    def handle_starttag(self, tag, attrs):
		        for name, value in attrs:
		            if name == "id":
		                assert value not in self.ids, (self.name, value)
		                self.ids.add(value)
		            elif name in ("href", "src") and "://" not in value:
		                self.links.append(value)

		pages = {}
		for name in sys.argv[1:]:
		    page = pages[name] = Page()
		    page.name, page.ids, page.links = name, set(), []
		    page.feed(open(name).read())
		text = re.sub("^const INDEX = |,\n];$|;$", "", open("index.js").read().strip())
		found = [row[1] + "#" + row[2] for row in json.loads(text + "]")]
		assert len(found) > 300, len(found)
		bad = []
		for name, links in [(p.name, p.links) for p in pages.values()] + [("", found)]:
		    for link in links:
		        to, _, place = link.partition("#")
		        to = to or name
		        if to not in pages:
		            open(to).close()
		        elif place and place not in pages[to].ids:
		            bad.append((name, link))
		assert not bad, bad
	END
}

# recipe PAGE NAME: its lines there.
recipe() {
	awk -v begin="<pre data-example=\"$1 $2\">" '
		index($0, begin) { on = 1; $0 = substr($0, length(begin) + 1) }
		on { print }
		/<\/pre>$/ { on = 0 }' recipes.html |
		sed 's,</pre>$,,; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g'
}

@test "recipes: each example, as a reader has it, and its place; how to install is none" {
	for page in README.md "${PAGES[@]}"; do
		for name in $(blocks "$page"); do
			case $page.$name in
			README.md.demo | README.md.check | README.md.deb | README.md.install)
				assert_equal "$(recipe "$page" "$name")" ''
				continue
				;;
			esac
			assert_equal "$(recipe "$page" "$name" | expand)" \
				"$(example "$page" "$name" | expand)"
			grep -q "<a href=\"[a-z0-9.-]*.html#example-$name\">" recipes.html
		done
	done
	# What is above: a paragraph with a lead, the last sentence, and the section.
	grep -A 3 '#example-cron"' recipes.html >here
	grep -q '^<h3><a [^>]*>README: What people use it for</a></h3>$' here
	grep -q '^<p><strong>A cron job .* if the third hangs, cron sends a mail:</p>$' here
	assert_equal "$(grep '^<h2' recipes.html | sed 's/<[^>]*>//g' | tr '\n' ,)" \
		'Desktop,Cron and systemd,Scripts,Keys and documents,Rules,Clusters,'
}

@test "recipes: of what is above an example, the last sentence" {
	# above TEXT: what there is of it in the recipe.
	above() {
		printf '%s' '<section><h1 id="S">S &amp; T</h1>' \
			'<p>One. <code id="x">--a</code> b. </p><p>' "$1" '</p>' \
			'<div class="Bd" id="example-n"><pre><a>y</a> &lt;' \
			$'\nz</pre></div><p>After. Then:</p><pre>no</pre></section>' |
			awk -v source=P -v file=p.html -v label='p(1)' -v parts=. \
				-f "$TREE/man/site.awk" >page
		sed -n '2s/<.\?p>//gp' 3
		rm 3
	}
	above 'That, e.g. a. The <code id="c">--a</code>. is. <a href="#S">Now</a> 1.5:' >out
	assert_equal "$(cat out)" '<a href="p.html#S">Now</a> 1.5:'
	above $'What? This\n is <code>a. B</code> it.\n' >out
	assert_equal "$(cat out)" 'This is <code>a. B</code> it.'
	above Alone >out
	assert_equal "$(cat out)" Alone
	grep -qF '<pre>y &lt;' page
	assert_equal "$(cat p.html.index)" "$(printf '["%s","%s","%s","%s","%s","%s"],' \
		'p(1)' p.html S 'S &amp; T' 'S &amp; T' \
		'One. --a b. Alone y &lt; z After. Then: no')"
}

# searched QUERY [SCRIPT]: what is found: a line for each section, and for what is in
# it, with its place, and the words |marked|.  SCRIPT is executed afterwards.
searched() {
	local query
	query=$(jq -rn --arg it "$1" '$it|@uri')
	sed "s,</head>,<script defer src=\"then.js\"></script>&," onlyone.7.html >then.html
	printf '%s\n' "${2-}" >then.js
	timeout -k 5 $LIMIT chromium --headless --no-sandbox --disable-gpu \
		--user-data-dir="$BATS_TEST_TMPDIR/profile" --dump-dom \
		"file://$PWD/then.html?q=$query" 2>log >dom || fail "chromium: $(tail -n 5 log)"
	tr '\n' ' ' <dom | sed 's/.*id="found">//; s,</section>.*,,; s/<h3>/\n/g
		s/<p>/\n  /g; s,</\?mark>,|,g' |
		sed -E 's/<a href="([^"]*)">/\1 /; s/<[^>]*>//g' | grep .
}

@test "search: options, statuses and verbs, by section, with the words; / leads to it" {
	needs chromium chromium
	searched --skip >out
	head -n 1 out | grep -q '^onlyone(1): '
	sed -n 2p out | grep -q '^  onlyone.1.html#skip --skip'
	grep -q '|--skip|' out
	searched 75 >out
	assert_equal "$(head -n 1 out)" 'onlyone(1): EXIT STATUS'
	sed -n 2p out | grep -q '^  onlyone.1.html#[^ ]*75 75 '
	assert_equal "$(sed -n 3p out)" 'onlyonectl(1): EXIT STATUS'
	searched 'onlyonectl is-sealed' >out
	head -n 1 out | grep -q '^onlyonectl(1): '
	sed -n 2p out | grep -q '^  onlyonectl.1.html#is-sealed is-sealed'
	# All of the words, each as a word begins; none of them is code.
	searched 'crash pid' >out
	grep -q '|pid|' out
	for query in 'crash nosuchword' nlyon '<b>\('; do
		assert_equal "$(searched "$query")" '  Nothing here has all of these words.'
	done
	assert_equal "$(searched ' ')" ''
	searched '' 'const key = (it, key) => it.dispatchEvent(new KeyboardEvent("keydown",
		{ key, bubbles: true, cancelable: true }));
		key(document.body, "/");
		const at = document.activeElement.id;
		box.value = "toggle";
		box.dispatchEvent(new Event("input"));
		const some = found.childElementCount;
		key(box, "/");
		key(box, "Escape");
		document.title = [at, some > 1, found.childElementCount, box.hidden].join();' || :
	grep -F '<title>search,true,0,false</title>' dom
	# Without scripts the box is not there, and a link is all that a page needs.
	grep -q '<input id="search"[^>]* hidden>' index.html
}
