// plasma.js WINDOWS CODE: what a script of KWin's finds around it, as
// KWin's own sources have it: src/scripting/workspace_wrapper.h and window.h.
// An object takes no property that it does not have.
'use strict';
const vm = require('vm');
const [windows, code] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const waiting = [];
let active = null;

const all = JSON.parse(windows).map((w) => {
	const has = Object.assign({ normalWindow: true, dialog: false,
	    utility: false, transient: false, resourceClass: '', resourceName: '',
	    desktopFileName: '' }, w);
	delete has.active;
	has.closeWindow = () => say({ closed: w.internalId });
	Object.defineProperty(has, 'active', { get: () => active === has });
	Object.freeze(has);
	if (w.active)
		active = has;
	return has;
});

const workspace = {
	windowList: () => all.slice().reverse(),
	stackingOrder: all,
	get activeWindow() { return active; },
	set activeWindow(w) {
		if (!all.includes(w))
			throw new TypeError('not a window');
		active = w;
		say({ activated: w.internalId });
	},
};

let rest = '';
process.stdin.on('data', (data) => {
	const lines = (rest + data).split('\n');
	rest = lines.pop();
	for (const line of lines) {
		const then = waiting.shift();
		if (then)
			then(...JSON.parse(line));
		if (!waiting.length)
			process.exit(0);
	}
});

vm.runInNewContext("'use strict';" + code, {
	workspace: Object.freeze(workspace),
	callDBus: (to, path, face, member, ...args) => {
		const last = args[args.length - 1];
		waiting.push(typeof last === 'function' ? args.pop() : null);
		say({ call: [to, path, face, member, ...args] });
	},
});
