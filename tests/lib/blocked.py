"""blocked.py PROGRAM ARG...: run it with all signals blocked, and SIGUSR1 pending"""
import os
import signal
import sys

signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
os.kill(os.getpid(), signal.SIGUSR1)
os.execvp(sys.argv[1], sys.argv[1:])
