# documents.bash: documents of real programs: document_KIND NUMBER makes one in
# this folder, and prints its name.
# shellcheck shell=bash

document_text() {
	echo "text $1" >"doc$1.txt"
	echo "doc$1.txt"
}

document_page() {
	echo "<!doctype html><title>doc$1</title>text" >"doc$1.html"
	echo "doc$1.html"
}

document_picture() {
	printf 'P3 2 1 255\n255 0 0 0 0 255\n' >"doc$1.ppm"
	echo "doc$1.ppm"
}

document_folder() {
	mkdir -p "doc$1"
	echo "doc$1"
}

document_torrent() {
	printf 'd4:infod6:lengthi1e4:name4:doc%s12:piece lengthi16384e6:pieces20:%see' \
		"$1" aaaaaaaaaaaaaaaaaaaa >"doc$1.torrent"
	echo "doc$1.torrent"
}

# A page without anything on it, as PDF readers put up with.
document_paper() {
	cat >"doc$1.pdf" <<-'END'
		%PDF-1.4
		1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
		2 0 obj <</Type /Pages /Count 1 /Kids [3 0 R]>> endobj
		3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99]>> endobj
		trailer <</Root 1 0 R>>
	END
	echo "doc$1.pdf"
}
