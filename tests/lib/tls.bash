# tls.bash: certificates, made in the current folder.
# shellcheck shell=bash

# authority NAME: NAME.pem and NAME.key.
authority() {
	needs openssl openssl
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" \
		-out "$1.pem" -subj "/CN=$1" -days 2 2>/dev/null
}

# certificate AUTHORITY NAME SUBJECT FOR: NAME.pem and NAME.key.  FOR: such as
# IP:127.0.0.1.
certificate() {
	openssl req -newkey rsa:2048 -nodes -keyout "$2.key" -out "$2.csr" -subj "$3" 2>/dev/null
	openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1.key" \
		-CAcreateserial -days 2 -extfile <(echo "subjectAltName=$4") \
		-out "$2.pem" 2>/dev/null
}
