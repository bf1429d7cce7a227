# script.bash: scripts, for files that write some.
# shellcheck shell=bash

load lib/common

# script NAME SHELL [LINE...]: an executable script, of these lines or of
# standard input.
script() {
	{
		echo "#!$2"
		if (($# > 2)); then
			printf '%s\n' "${@:3}"
		else
			cat
		fi
	} >"$1"
	chmod +x "$1"
}

# program NAME [FOLDER]: one that says so with its arguments, and stays.
program() {
	local folder=${2:-$PWD/bin}
	mkdir -p "$folder"
	script "$folder/$1" /bin/sh "echo \"\$\$ \$*\" >>\"$PWD/ran\"" \
		'exec sleep 1000'
	: >>ran
}

# runs N: so many programs have started.
runs() { wait_until "$1 programs have begun" has_lines ran "$1"; }
