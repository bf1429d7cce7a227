# man.mk: the manual pages, and the site made of them.

html:
	man/site $(B)/html $(B)/bench/scale.svg $(B)/bench/scale.txt

#: make film       man/film.png, what two launches of an editor show; not as root
film: all
	tests/desktop/film $(B) man/film.png

.PHONY: film
