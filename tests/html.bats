#!/usr/bin/env bats
# as: user (a site is made and read)
# html.bats: the site of `make html`, read by Chromium.
#
# Chromium shows each page as wide as a telephone and as wide as a desktop, and
# lib/look.js says what is wrong with it.  The site has no script of its own.
load lib/manual

# site: as make html makes it, in the folder site.
site() {
	run -0 make -C "$TREE" html B="$PWD/b"
	rm -rf site
	mv b/html site
}

# looked: "pages N links N" and a line for each thing that is wrong.
looked() {
	needs chromium chromium
	{
		echo '<!DOCTYPE html><pre id="said"></pre>'
		for wide in 400 1200; do
			printf "<iframe src='%s' width=$wide></iframe>" site/*.html
		done
		printf '<script>const files = ['
		(cd site && printf '"%s",' *)
		echo ']</script><script src="look.js"></script>'
	} >look.html
	cp "$BATS_TEST_DIRNAME/lib/look.js" .
	# One that hangs, draws nothing, says nothing of our pages: another one is
	# asked, and that is told.
	for profile in one two three; do
		local code=0
		timeout -k 5 $((2 * LIMIT)) chromium --headless --no-sandbox --disable-gpu \
			--allow-file-access-from-files \
			--user-data-dir="$PWD/$profile" \
			--dump-dom "file://$PWD/look.html" >dom 2>said 3>&- ||
			code=$?
		[ "$code" = 124 ] || [ "$code" = 137 ] || break
		echo "# | html: Chromium did not answer, another one is begun" >&3
	done
	sed -n '/id="said">/,/<\/pre>/p' dom | sed 's/.*"said">//; /<\/pre>/d'
}

@test "site: has README, its picture and all pages, no link is broken, nothing is wider than 400 and 1,200 pixels; what make bench has drawn is a page too" {
	site
	run ! grep -q bench.html site/index.html
	mkdir -p b/bench
	cp "$TREE/man/demo.svg" b/bench/scale.svg
	echo 'keys <1>' >b/bench/scale.txt
	site
	grep -qF 'keys &lt;1>' site/bench.html
	grep -q '<img src="demo.svg"' site/index.html
	grep -qF 'href="bench.html"' site/index.html
	run looked
	[[ $output =~ ^pages\ $((${#PAGES[@]} + 4))\ links\ ([0-9]+)$ ]] ||
		fail "$output $(cat said)"
	((BASH_REMATCH[1] > 400))
	# And what is wrong is seen.
	printf '%s\n' '<a href="#no">x</a><a href="none.html">x</a>' \
		'<p style="width: 500px"><img src="no.svg" alt=x>' >>site/bench.html
	run looked
	assert_line --partial 'bench.html 400 is wider: &lt;p'
	for word in 'no image' 'nowhere:  no' 'nowhere: none.html'; do
		assert_line --regexp "^bench.html 1200 .*$word"
	done
	refute_line --regexp '^(index|only)'
}
