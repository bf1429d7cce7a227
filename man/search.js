/* search.js: the search of the site.  index.js, which man/site makes, has what can be
 * found: [page, file, id, section, name, text] of each heading, term and row. */
"use strict";
const box = document.getElementById("search");
const found = document.createElement("section");
const signs = { lt: "<", gt: ">", amp: "&", quot: '"' };
const items = INDEX.map((item) => item.map((text) => text.replace(
	/&(?:#x([0-9A-F]+)|(\w+));/gi, (_, code, sign) =>
		code ? String.fromCodePoint(parseInt(code, 16)) : signs[sign])));

// A word of the query is how a word begins, or a whole number; capitals count.
function pattern(word) {
	return new RegExp((/^\w/.test(word) ? "(?<!\\w)" : "(?<![\\w-])") +
		word.replace(/[^\w\s]/g, "\\$&") + (/\d$/.test(word) ? "(?!\\d)" : ""),
	/[A-Z]/.test(word) ? "" : "i");
}

// Where it stands: it is the name, in the name, section, page or text; or nowhere.
function rank([page, , , section, name, text], word, re) {
	return name.split(/[\s,=[\]]+/).some((it) =>
		it === word || it.replace(/^-+/, "") === word) ? 16 :
		re.test(name) ? 8 : re.test(section) ? 4 : re.test(page) ? 2 :
		re.test(text) ? 1 : 0;
}

function add(to, kind, text) {
	const it = to.appendChild(document.createElement(kind));
	it.textContent = text;
	return it;
}

// The beginning of the text, or what is around the first word; words are marked.
function excerpt(to, text, patterns, beginning) {
	const at = Math.min(...patterns.map((re) => text.search(re)).filter((n) => n >= 0));
	const from = beginning || at < 80 || at === Infinity ? 0 : text.indexOf(" ", at - 60) + 1;
	const end = text.length > from + 220 ? text.lastIndexOf(" ", from + 220) : text.length;
	const shown = text.slice(from, end);
	const all = new RegExp(patterns.map((re) => re.source).join("|"), "gi");
	let done = 0;
	to.append(from ? " ... " : " ");
	for (const hit of shown.matchAll(all)) {
		to.append(shown.slice(done, hit.index));
		add(to, "mark", hit[0]);
		done = hit.index + hit[0].length;
	}
	to.append(shown.slice(done) + (end < text.length ? " ..." : ""));
}

function search() {
	const words = box.value.trim().split(/\s+/).filter(Boolean);
	const patterns = words.map(pattern), sections = new Map();
	const hits = !words.length ? [] : items
		.map((item) => [words.map((word, i) => rank(item, word, patterns[i])), item])
		.filter(([ranks]) => !ranks.includes(0))
		.map(([ranks, item]) => [ranks.reduce((a, b) => a + b), item])
		.sort((a, b) => b[0] - a[0]).slice(0, 60);
	found.replaceChildren();
	for (const [, item] of hits) {
		const title = item[0] + ": " + item[3];
		sections.set(title, [...(sections.get(title) || []), item]);
	}
	for (const [title, list] of sections) {
		add(found, "h3", title);
		for (const [, file, id, section, name, text] of list) {
			const line = add(found, "p", "");
			add(line, "a", name || section).href = file + "#" + id;
			excerpt(line, text, patterns, patterns.some((re) => re.test(name)));
		}
	}
	if (words.length && !hits.length)
		add(found, "p", "Nothing here has all of these words.");
}

found.id = "found";
box.parentNode.after(found);
box.hidden = false;
box.value = new URLSearchParams(location.search).get("q") || "";
box.addEventListener("input", search);
addEventListener("hashchange", () => { box.value = ""; search(); });
addEventListener("keydown", (event) => {
	if (event.target !== box && event.key === "/" && !event.ctrlKey && !event.altKey) {
		event.preventDefault();
		box.focus();
	} else if (event.target === box && event.key === "Escape") {
		box.value = "";
		search();
	} else if (event.target === box && event.key === "Enter")
		found.querySelector("a")?.click();
});
search();
