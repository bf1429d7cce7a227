# storm.bash: many launches at the same moment.
# shellcheck shell=bash

load lib/common

# storm LAUNCHES STARTS KEYS OPTION...: that many launches wait at one barrier,
# then go, with so many keys in turn as their first argument; "STATUS COUNT" of
# those that end, all but STARTS.  The file `handed` has what was handed over.
storm() {
	timeout -k 5 $((2 * LIMIT)) /usr/bin/python3 - "$@" <<-'END'
		import collections, os, sys
		launches, starts, keys = map(int, sys.argv[1:4])
		gate, opener = os.pipe()
		out = os.open("handed", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
		for i in range(launches):
		    if os.fork() == 0:
		        os.close(opener)
		        os.read(gate, 1)
		        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
		        os.dup2(out, 1)
		        os.execvp("onlyone", ["onlyone", *sys.argv[4:],
		            "--on-activate",
		            'echo "$ONLYONE_PID $ONLYONE_KEY $*"',
		            os.environ["GUESTS"] + "/guest",
		            "key %d" % (i % keys), str(i)])
		os.close(gate)
		os.close(opener)
		ended = collections.Counter()
		for i in range(launches - starts):
		    pid, status = os.wait()
		    ended[os.waitstatus_to_exitcode(status)] += 1
		for status in ended:
		    print(status, ended[status])
	END
}
