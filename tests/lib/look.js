// look.js: what is wrong with pages that stand in frames (html.bats).
//
// `files` has the names of all files of the site.  An element may be wider than
// its page where something around it scrolls; a link may lead to a file of the
// site, to an element of one by its id, or to a manual of Debian's.
const wrong = [], ids = {}, frames = [...document.querySelectorAll("iframe")]
const name = f => f.getAttribute("src").slice(5)
const scrolls = e => e && (/auto|scroll/.test(getComputedStyle(e).overflowX) ||
	scrolls(e.parentElement))
let links = 0
function look(f) {
	const d = f.contentDocument, say = (...w) => wrong.push(
		[name(f), f.width, ...w].join(" "))
	if (d.documentElement.scrollWidth > f.clientWidth)
		say("is wider:", d.documentElement.scrollWidth)
	for (const e of d.body.querySelectorAll("*"))
		if (e.getBoundingClientRect().right > f.clientWidth + 1 &&
			!scrolls(e.parentElement))
			say("is wider:", e.outerHTML.slice(0, 60))
	for (const e of d.images)
		e.naturalWidth && e.alt || say("no image:", e.src)
	d.styleSheets.length == 1 || say("no style")
	d.scripts.length && say("has a script")
	for (const e of d.querySelectorAll("a, link")) {
		const [to, id] = e.getAttribute("href").split("#")
		links++
		if (/^https:\/\/manpages\.debian\.org\/[^/]+\.[1-9]$/.test(to))
			continue
		const at = to || name(f)
		files.includes(at) && (!id || ids[at].includes(
			decodeURIComponent(id))) || say("leads nowhere:", to, id)
	}
}
onload = () => {
	for (const f of frames)
		ids[name(f)] = [...f.contentDocument.querySelectorAll("[id]")].map(
			e => e.id)
	frames.forEach(look)
	said.textContent = [`pages ${frames.length / 2} links ${links}`,
		...wrong].join("\n") + "\n"
}
