# shellcheck shell=bash disable=SC2016,SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs as they come, in the guest and in clear: nginx, redis, iperf3, nc, curl,
# wget, Python; 36-programs-mail has more. Each as a server whose client, with TLS
# of its own, is on the host; as a client of such a server there; and on both ends
# of a connection within the guest. programs.sh says what is asked of each.

# shellcheck source=tests/vm/programs.sh
. "$VM_DIR/programs.sh"

# The server is another name of the program that checks its files.
redis_up()
{
	local redis

	redis=$(command -v redis-check-rdb)
	ln -sf "$redis" "$VM_RUN/redis-server"
	host_serve redis 9721 "$VM_RUN/redis-server" --save '' \
		--protected-mode no --bind '* -::*' --port 0 --tls-port 9721 \
		--tls-auth-clients no --tls-cert-file "$PKI/srv.pem" \
		--tls-key-file "$PKI/srv.key" --tls-ca-cert-file "$PKI/ca.pem"
	vm "ln -sf $redis /run/prog/redis-server"
	guest_serve redis 9701 /run/prog/redis-server --save "''" \
		--protected-mode no --bind "'* -::*'" --port 9701
}

# redis_server ADDRESS: of the guest
redis_server()
{
	local cli=(timeout 60 redis-cli --tls --cacert "$PKI/ca.pem" -h "$1"
		-p 9701)

	eq "SET" "$(ns "${cli[@]}" -x SET text < "$VM_RUN/share/text")" OK
	ns "${cli[@]}" --raw GET text | head -c -1 > "$VM_RUN/got"
	same "$VM_RUN/got"
	eq "PING" "$(for _ in $(seq 300); do echo PING; done |
		ns "${cli[@]}" | sort | uniq -c | xargs)" "300 PONG"
}

# redis_client HOST PORT: redis-cli in the guest
redis_client()
{
	vm -t 100 - <<-EOF
	set -e -o pipefail
	cli="timeout 60 redis-cli -h $1 -p $2"
	[ "\$(\$cli -x SET text < /run/tlso/text)" = OK ]
	\$cli --raw GET text | head -c -1 | cmp - /run/tlso/text
	EOF
}

# The guest's server becomes a copy of the host's, by a connection of its own.
redis_replica()
{
	vm -t 100 - <<-EOF
	redis-cli -p 9731 CONFIG SET repl-timeout 60
	redis-cli -p 9731 REPLICAOF $VM_SOFT_HOST4 9721
	for i in \$(seq 300); do
		! redis-cli -p 9731 INFO replication |
			grep -q master_link_status:up || break
		sleep 0.2
	done
	redis-cli -p 9731 --raw GET text | head -c -1 | cmp - /run/tlso/text
	EOF
}

redis_replicates()
{
	guest_serve replica 9731 /run/prog/redis-server --save "''" --port 9731
	prog soft 9721 client@9721 redis_replica
	guest_stop replica
}

# nginx_conf DIRECTORY LISTEN: lines of "server" follow on stdin
nginx_conf()
{
	cat <<-EOF
	user www-data;
	worker_processes 1;
	pid $1/nginx.pid;
	error_log $1/nginx.error;
	events { }
	http {
		access_log off;
		sendfile on;
		client_max_body_size 0;
		client_body_temp_path $1/tmp;
		proxy_temp_path $1/tmp;
		fastcgi_temp_path $1/tmp;
		scgi_temp_path $1/tmp;
		uwsgi_temp_path $1/tmp;
		server {
			$(cat)
			root $1/www;
			location /up/ { dav_methods PUT; }
		}
	}
	EOF
}

nginx_up()
{
	local dir=$VM_RUN/nginx

	mkdir -p "$dir/www/up" "$dir/tmp"
	cp "$VM_RUN/share/text" "$dir/www/text"
	# Workers are not root, and this folder is of nobody else's concern.
	nginx_conf "$dir" <<-EOF | sed 's/^user .*/user root;/' > "$dir/conf"
		listen 9720 ssl;
		listen [::]:9720 ssl;
		ssl_certificate $PKI/srv.pem;
		ssl_certificate_key $PKI/srv.key;
	EOF
	nginx_conf /run/prog <<-EOF > "$VM_RUN/share/nginx.conf"
		listen 9700;
		listen [::]:9700;
		location /far/ { proxy_pass http://$VM_SOFT_HOST4:9720/; }
	EOF
	host_serve nginx 9720 nginx -c "$dir/conf" -e "$dir/nginx.error" \
		-g 'daemon off;'
	vm 'mkdir -p /run/prog/www/up /run/prog/tmp
		cp /run/tlso/text /run/prog/www/text
		chown -R www-data: /run/prog/www/up /run/prog/tmp'
	guest_serve nginx 9700 nginx -c /run/tlso/nginx.conf \
		-e /run/prog/nginx.error -g "'daemon off;'"
}

# nginx_server ADDRESS: curl and wget of the host, both ways
nginx_server()
{
	https "$1:9700/text" > "$VM_RUN/got"
	same "$VM_RUN/got"
	https "$1:9700/up/text" -f -T "$VM_RUN/share/text"
	guest_same /run/prog/www/up/text
	ns wget -q -t 1 -T 60 --no-proxy --ca-certificate="$PKI/ca.pem" \
		-O - "https://$1:9700/text" > "$VM_RUN/got"
	same "$VM_RUN/got"
}

nginx_client()
{
	https "$VM_SOFT4:9700/far/text" > "$VM_RUN/got"
	same "$VM_RUN/got"
	https "$VM_SOFT4:9700/far/up/text" -f -T "$VM_RUN/share/text"
	same "$VM_RUN/nginx/www/up/text"
}

# guest_pipe COMMAND: in the guest; its output is the text
guest_pipe()
{
	vm -t 100 "set -o pipefail; timeout 90 $* | cmp - /run/tlso/text"
}

curl_get()
{
	guest_pipe curl -sS --noproxy "'*'" "'http://$1/text'"
}

curl_put()
{
	vm -t 100 "timeout 90 curl -sS -f --noproxy '*' -T /run/tlso/text \
		'http://$1/up/text'"
}

curl_client()
{
	curl_get "$VM_SOFT_HOST4:9720"
	rm -f "$VM_RUN/nginx/www/up/text"
	curl_put "$VM_SOFT_HOST4:9720"
	same "$VM_RUN/nginx/www/up/text"
}

curl_loop()
{
	curl_get "[::1]:9700"
	vm 'rm -f /run/prog/www/up/text'
	curl_put 127.0.0.1:9700
	guest_same /run/prog/www/up/text
}

wget_get()
{
	guest_pipe wget -q -t 1 -T 60 --no-proxy -O - "'http://$1/text'"
}

python_up()
{
	guest_serve python 9702 python3 -m http.server 9702 --bind :: \
		--directory /run/tlso
}

python_server()
{
	https "[$VM_SOFT6]:9702/text" > "$VM_RUN/got"
	same "$VM_RUN/got"
	https "$VM_SOFT4:9702/text" --http1.0 > "$VM_RUN/got"
	same "$VM_RUN/got"
}

# python_client HOST PORT
python_client()
{
	vm -t 100 - <<-EOF
	timeout 90 python3 - <<-PY
	import http.client
	import sys
	conn = http.client.HTTPConnection("$1", $2, timeout=60)
	for _ in range(2):
	    conn.request("GET", "/text")
	    answer = conn.getresponse()
	    with open("/run/tlso/text", "rb") as text:
	        if answer.status != 200 or answer.read() != text.read():
	            sys.exit("other bytes")
	PY
	EOF
}

# nc takes one connection.
nc_up()
{
	host_serve echo 9723 socat -t 60 "OPENSSL-LISTEN:9723,pf=ip6,ipv6only=0,\
reuseaddr,fork,cert=$PKI/srv.pem,key=$PKI/srv.key,verify=0" SYSTEM:cat
}

# nc_listen COMMAND...: while nc in the guest sends the text and keeps what comes
nc_listen()
{
	guest_serve nc 9703 "sh -c 'exec timeout 90 nc -l -N 9703 \
		< /run/tlso/text > /run/prog/nc.got'"
	"$@"
	vm 'for i in $(seq 300); do
			kill -0 $(cat /run/prog/nc.pid) 2> /dev/null || break
			sleep 0.1
		done; rm /run/prog/nc.pid'
}

nc_both_ways()
{
	ns timeout 90 socat -t 60 - "$(tls_to "$VM_SOFT4:9703")" \
		< "$VM_RUN/share/text" > "$VM_RUN/got"
	same "$VM_RUN/got"
}

nc_server()
{
	nc_listen nc_both_ways
	guest_same /run/prog/nc.got
	nc_listen nc_by_openssl
}

nc_by_openssl()
{
	s_client "$VM_SOFT4:9703" -quiet < /dev/null > "$VM_RUN/got"
	same "$VM_RUN/got"
}

# nc_client HOST PORT
nc_client()
{
	guest_pipe "nc -N $1 $2 < /run/tlso/text"
}

nc_loop()
{
	nc_listen nc_client 127.0.0.1 9703
	guest_same /run/prog/nc.got
}

IPERF_BYTES=2000000

# On the host, iperf3 talks to socat, which has TLS.
iperf_up()
{
	printf '0123456789%.0s' $(seq 100) > "$VM_RUN/digits"
	host_serve iperf 9734 iperf3 -s -B 127.0.0.1 -p 9734
	tls_before "$VM_SOFT_HOST4" 9724 127.0.0.1:9734
	host_serve iperfto 9704 socat -t 60 TCP-LISTEN:9704,reuseaddr,fork \
		"$(tls_to "$VM_SOFT4:9704")"
	guest_serve iperf 9704 iperf3 -s -p 9704
}

# iperf WHO ADDRESS PORT: both ways, with two streams; WHO has the client
iperf()
{
	local way run=(timeout 60 iperf3 -c "$2" -p "$3" -n "$IPERF_BYTES" -P 2
		--repeating-payload --json)

	for way in '' -R; do
		# The server is busy for a moment with the one before.
		for _ in $(seq 20); do
			# shellcheck disable=SC2086 # one word or none
			case $1 in
			guest) vm "${run[*]} $way" ;;
			*) ns "${run[@]}" $way ;;
			esac > "$VM_RUN/iperf.json" || true
			grep -q 'server is busy' "$VM_RUN/iperf.json" || break
			sleep 0.3
		done
		python3 - "$VM_RUN/iperf.json" $IPERF_BYTES "$way" <<-'EOF'
		import json
		import sys
		with open(sys.argv[1]) as file:
		    said = json.load(file)
		if "error" in said:
		    sys.exit(said["error"])
		sent, got = (said["end"]["sum_" + way]["bytes"]
		             for way in ("sent", "received"))
		print("%d bytes sent, %d received" % (sent, got))
		# A server is told by another connection that it is over, and counts
		# no more what has not come by then.
		whole = got if sys.argv[3] else sent
		sys.exit(whole < int(sys.argv[2]) or not got)
		EOF
	done
}

t "programs: keys, rules" prog_up
t "programs: redis: up" redis_up
t "programs: redis-server; redis-cli --tls, IPv4" \
	prog soft 9701 server@9701 redis_server "$VM_SOFT4"
t_whole "programs: redis-server; redis-cli --tls, IPv6" \
	prog soft 9701 server@9701 redis_server "$VM_SOFT6"
t_whole "programs: redis-server; redis-cli --tls, adapter" \
	prog adapter 9701 server@9701 redis_server "$VM_GUEST4"
t "programs: redis-cli; redis-server with TLS" \
	prog soft 9721 client@9721 redis_client "$VM_SOFT_HOST6" 9721
t "programs: redis-server as a replica of one with TLS" redis_replicates
t "programs: redis-cli, redis-server" \
	prog loop 9701 "server@9701 client@9701" redis_client 127.0.0.1 9701
t "programs: redis ends" guest_stop redis
t "programs: nginx: up" nginx_up
t "programs: nginx; curl, wget with TLS" \
	prog soft 9700 server@9700 nginx_server "$VM_SOFT4"
t "programs: nginx; curl, wget with TLS, adapter, IPv6" \
	prog adapter 9700 server@9700 nginx_server "[$VM_GUEST6]"
t "programs: nginx as a proxy; nginx with TLS" \
	prog soft 9720 client@9720 nginx_client
t "programs: curl; nginx with TLS" prog soft 9720 client@9720 curl_client
t "programs: wget; nginx with TLS" \
	prog soft 9720 client@9720 wget_get "[$VM_SOFT_HOST6]:9720"
t "programs: curl, nginx" \
	prog loop 9700 "server@9700 client@9700" curl_loop
t_whole "programs: wget, nginx" \
	prog loop 9700 "server@9700 client@9700" wget_get 127.0.0.1:9700
t "programs: Python's http.server: up" python_up
t "programs: http.server; curl with TLS" \
	prog soft 9702 server@9702 python_server
t "programs: http.client; nginx with TLS" \
	prog soft 9720 client@9720 python_client "$VM_SOFT_HOST4" 9720
t_whole "programs: http.client, http.server" \
	prog loop 9702 "server@9702 client@9702" python_client ::1 9702
t "programs: web servers end" guest_stop nginx python
t "programs: nc: up" nc_up
t "programs: nc; socat, openssl" prog soft 9703 server@9703 nc_server
t "programs: nc; socat with TLS" \
	prog soft 9723 client@9723 nc_client "$VM_SOFT_HOST6" 9723
t_whole "programs: nc, nc" prog loop 9703 "server@9703 client@9703" nc_loop
t "programs: iperf3: up" iperf_up
PROG_TEXT=$VM_RUN/digits
t "programs: iperf3 -s; socat before iperf3 -c" \
	prog soft 9704 server@9704 iperf host 127.0.0.1 9704
t "programs: iperf3 -c; socat before iperf3 -s" \
	prog soft 9724 client@9724 iperf guest "$VM_SOFT_HOST4" 9724
t "programs: iperf3, iperf3" \
	prog loop 9704 "server@9704 client@9704" iperf guest ::1 9704
PROG_TEXT=
t "programs: iperf3 ends" guest_stop iperf
t "programs: nothing is left" prog_down
