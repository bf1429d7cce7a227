// plasma.js SOURCE close|raise WINDOWS: the script that is in kwin.c, with what it
// finds around it in Plasma 6, as KWin's own sources have it:
// src/scripting/workspace_wrapper.h and window.h.  An object takes no property that
// it does not have.
//
// WINDOWS: their properties, a JSON array, the lowest first.  Each is asked for by
// its id, in its turn; on standard output, what the script has told of them, and
// what became of it.
'use strict';
const fs = require('fs');
const vm = require('vm');
const [source, how, windows] = process.argv.slice(2);
const [, text] = /script\[\] =\n([^]*?);\n\n/.exec(fs.readFileSync(source, 'utf8'));
const code = text.replace(/" OURS "/g, '').replace(/\t/g, ' ').split('\n')
    .map((line) => JSON.parse(line)).join('');
let active = null;

const all = JSON.parse(windows).map((w) => {
	const has = Object.assign({ normalWindow: true, dialog: false, utility: false,
	    transient: false, transientFor: null, caption: '', resourceClass: '',
	    resourceName: '', desktopFileName: '' }, w);
	delete has.active;
	has.closeWindow = () => console.log('closed', w.internalId);
	Object.defineProperty(has, 'active', { get: () => active === has });
	if (w.active)
		active = has;
	return Object.freeze(has);
});

const workspace = Object.freeze({
	stackingOrder: all,
	get activeWindow() { return active; },
	set activeWindow(w) {
		if (!all.includes(w))
			throw new TypeError('not a window');
		active = w;
		console.log('activated', w.internalId);
	},
});

vm.runInNewContext("'use strict';" + code, {
	workspace, to: 'us', closes: how === 'close',
	callDBus: (to, path, face, member, said, answer) => {
		console.log(member, said);
		if (answer)
			answer(JSON.parse(said).map((w) => w.id).filter(
			    (id) => how === 'close' || id === '{two}').join(' '));
	},
});
