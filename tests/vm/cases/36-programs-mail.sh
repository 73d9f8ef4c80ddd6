# shellcheck shell=bash disable=SC2016,SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# As 36-programs: vsftpd and lftp, with data connections in both directions, of which
# no rule knows the ports: they inherit the control connection's; postfix. Neither of
# the servers is installed here: they are unpacked (scripts/deps.sh).

# shellcheck source=tests/vm/programs.sh
. "$VM_DIR/programs.sh"

UNPACKED=$VM_BUILD/unpacked

# nopriv_user accepts data connections, so it is one that may search the rings.
# ftp_conf DIRECTORY PORT: passive ports are the three after PORT; more on stdin
ftp_conf()
{
	cat <<-EOF
	$(cat)
	listen_port=$2
	pasv_min_port=$(($2 + 1))
	pasv_max_port=$(($2 + 3))
	background=NO
	anonymous_enable=YES
	local_enable=NO
	write_enable=YES
	anon_upload_enable=YES
	anon_umask=022
	anon_root=$1
	ftp_username=daemon
	nopriv_user=www-data
	secure_chroot_dir=$1/empty
	xferlog_enable=NO
	EOF
}

# The sysctls' ports but for FTP's, and control connections alone in the policy.
ftp_rules()
{
	sed -i 's/ 97[02][6-9]:[^ ]*//g' "$VM_RUN/share/secure" \
		"$VM_RUN/share/connect"
	prog_rules
	cat > "$VM_RUN/share/ftp.policy" <<-'EOF'
	rule server { direction in; local port 9706
		verdict require; keyring web; inherit yes }
	rule client { direction out; remote port 9706; server-name web.test
		verdict require; keyring trust; inherit yes }
	rule client-of-host { direction out; remote port 9726
		server-name srv.test; verdict require; keyring trust
		inherit yes }
	EOF
	vm "$VM_BUILD/tools/tlsoffload policy load /run/tlso/ftp.policy"
}

# Behind PASV's address there is socat, with the same port on another address.
ftp_up()
{
	local dir=$VM_RUN/ftp port

	ftp_rules
	mkdir -p "$dir/up" "$dir/empty"
	chmod 755 "$dir"
	chown daemon "$dir/up"
	cp "$VM_RUN/share/text" "$dir/text"
	ftp_conf "$dir" 9726 <<-EOF > "$VM_RUN/ftp.conf"
	listen=YES
	listen_address=127.0.0.1
	pasv_address=$VM_SOFT_HOST4
	EOF
	ftp_conf /run/prog/ftp 9706 > "$VM_RUN/share/ftp.conf" <<-EOF
	listen=NO
	listen_ipv6=YES
	EOF
	host_serve ftp 9726 "$UNPACKED/vsftpd/usr/sbin/vsftpd" "$VM_RUN/ftp.conf"
	for port in 9726 9727 9728 9729; do
		tls_before "$VM_SOFT_HOST4" $port 127.0.0.1:$port
	done
	# It insists on a file of its own.
	vm 'mkdir -p /run/prog/ftp/up /run/prog/ftp/empty
		chown daemon /run/prog/ftp/up
		cp /run/tlso/text /run/prog/ftp/
		cp /run/tlso/ftp.conf /run/prog/'
	guest_serve ftp 9706 "$UNPACKED/vsftpd/usr/sbin/vsftpd" /run/prog/ftp.conf
}

FTP_SET="set net:max-retries 1; set net:timeout 40; set xfer:clobber yes"

# ftp_server ADDRESS [SETTINGS]: lftp 4.9.2 puts no file with TLS 1.3: it never reads the
# tickets, so that its close() resets the connection and drops what was under way.
# TLS on all connections, without a word of AUTH, PBSZ, PROT.
ftp_server()
{
	ns timeout 100 lftp -c "$FTP_SET; ${2:-}; set ftps:initial-prot P
		set ssl:ca-file $PKI/ca.pem; set ssl:verify-certificate yes
		open -p 9706 ftps://$1; cls; get text -o $VM_RUN/got
		close
		set ssl:priority NORMAL:-VERS-TLS1.3
		open -p 9706 ftps://$1; put -O up $VM_RUN/share/text"
	same "$VM_RUN/got"
	guest_same /run/prog/ftp/up/text
	vm 'rm /run/prog/ftp/up/text'
}

# ftp_client ADDRESS PORT [SETTINGS]
ftp_client()
{
	vm -t 120 "timeout 100 lftp -c '$FTP_SET; ${3:-}; set ftp:ssl-allow no
		open -p $2 $1; cls; get text -o /run/prog/got
		put -O up /run/tlso/text' && cmp /run/prog/got /run/tlso/text"
}

ftp_client_of_host()
{
	ftp_client "$VM_SOFT_HOST4" 9726
	same "$VM_RUN/ftp/up/text"
}

# ftp_loop [SETTINGS]
ftp_loop()
{
	ftp_client 127.0.0.1 9706 "${1:-}"
	guest_same /run/prog/ftp/up/text
	vm 'rm /run/prog/ftp/up/text'
}

FTP_BOTH="server@9706 client@9706 server@9707-9709 client@9707-9709"
# The client listens, on ports that the capture knows.
FTP_ACTIVE="set ftp:passive-mode no; set ftp:port-range 9707-9709"

# Its processes are a user's of their own, who may search a ring of its own.
mail_up()
{
	local dir=$UNPACKED/postfix/usr

	mkdir -p "$VM_RUN/share/mail"
	chown nobody "$VM_RUN/share/mail"
	host_serve mail 9735 env LD_LIBRARY_PATH="$dir/lib/postfix" \
		"$dir/sbin/smtp-sink" -u nobody -d mail/m. 127.0.0.1:9735 100
	tls_before "$VM_SOFT_HOST4" 9725 127.0.0.1:9735
	{
		printf 'Subject: a text\n\n'
		cat "$VM_RUN/share/text"
	} > "$VM_RUN/share/message"
	vm -t 120 - <<-EOF
	set -e
	tar -C $UNPACKED/postfix -c usr etc/postfix |
		tar -x -C / --keep-directory-symlink
	groupadd -r postfix
	groupadd -r postdrop
	useradd -r -g postfix -d /nonexistent -s /usr/sbin/nologin postfix
	mkdir -p /run/prog/spool /run/prog/data
	chown postfix: /run/prog/data
	RING_GROUP=postfix $VM_DIR/guest-ring -g mail ca rsa
	sed -i 's/9705:web/9705:mail/' /run/tlso/secure
	sed -i 's/9725:trust/9725:mail/' /run/tlso/connect
	EOF
	prog_rules
	mail_conf
	# What "postfix start" does in a minute of an emulated machine's.
	vm - <<-'EOF'
	set -e
	cd /run/prog/spool
	mkdir -p pid private public maildrop incoming active bounce corrupt \
		defer deferred flush hold saved trace
	chown -R postfix: .
	chown root: . pid
	chgrp postdrop public maildrop
	chmod 710 public
	chmod 730 maildrop
	EOF
	guest_serve mail 9705 /usr/lib/postfix/sbin/master -c /etc/postfix -d
}

# All mail goes on to the host.
mail_conf()
{
	vm - <<-'EOF'
	cat > /etc/postfix/main.cf <<-MAIN
	compatibility_level = 3.6
	queue_directory = /run/prog/spool
	data_directory = /run/prog/data
	command_directory = /usr/sbin
	daemon_directory = /usr/lib/postfix/sbin
	mail_owner = postfix
	setgid_group = postdrop
	maillog_file = /run/prog/mail.log
	maillog_file_prefixes = /run
	myhostname = mail.test
	mydestination =
	local_recipient_maps =
	alias_maps =
	mynetworks = 0.0.0.0/0 [::]/0
	smtpd_relay_restrictions = permit_mynetworks, reject
	smtpd_peername_lookup = no
	smtp_dns_support_level = disabled
	relayhost = [10.78.0.1]:9725
	MAIN
	cat > /etc/postfix/master.cf <<-MASTER
	9705 inet n - n - - smtpd
	pickup unix n - n 60 1 pickup
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	error unix - - n - - error
	retry unix - - n - - error
	smtp unix - - n - - smtp
	proxymap unix - - n - - proxymap
	postlog unix-dgram n - n - 1 postlogd
	MASTER
	EOF
}

mails()
{
	find "$VM_RUN/share/mail" -type f | wc -l
}

# mail_arrived N: so many whole messages; they are taken away
mail_arrived()
{
	for _ in $(seq 300); do
		[ "$(mails)" -lt "$1" ] || break
		sleep 0.2
	done
	# Written until the sender is told.
	vm 'for i in $(seq 100); do
			find /run/prog/spool/active /run/prog/spool/incoming \
				/run/prog/spool/deferred -type f | grep -q . || exit 0
			sleep 0.2
		done; cat /run/prog/mail.log; exit 1'
	eq "messages" "$(mails)" "$1"
}

# mail_same: the one message is the text
mail_same()
{
	mail_arrived 1
	sed '1,/^\r\?$/d' "$VM_RUN"/share/mail/* | tr -d '\r' |
		head -c "$(stat -c %s "$VM_RUN/share/text")" > "$VM_RUN/got"
	rm "$VM_RUN"/share/mail/*
	same "$VM_RUN/got"
}

mail_server()
{
	ns curl -sS --max-time 90 --cacert "$PKI/ca.pem" --crlf \
		"smtps://[$VM_SOFT6]:9705" --mail-from a@web.test \
		--mail-rcpt b@srv.test -T "$VM_RUN/share/message"
	mail_same
}

mail_client()
{
	vm -t 100 'sendmail -f a@web.test b@srv.test < /run/tlso/message'
	mail_same
}

# Its own client says its own text, twice in each of two connections.
mail_loop()
{
	vm -t 120 'timeout 100 smtp-source -s 2 -m 4 -l 200000 -f a@web.test \
		-t b@srv.test 127.0.0.1:9705'
	mail_arrived 4
	eq "lines" "$(cat "$VM_RUN"/share/mail/* | tr -d '\r' |
		grep -c 'X\{70\}')" $((4 * 2500))
	rm "$VM_RUN"/share/mail/*
}

t "ftp, mail: keys, rules" prog_up
t "ftp, mail: vsftpd: up" ftp_up
t "ftp, mail: vsftpd; lftp with TLS, IPv4" \
	prog soft 9706-9709 "server@9706 server@9707-9709" \
	ftp_server "$VM_SOFT4"
t_whole "ftp, mail: vsftpd; lftp with TLS, IPv6" \
	prog soft 9706-9709 "server@9706 server@9707-9709" \
	ftp_server "[$VM_SOFT6]"
t "ftp, mail: vsftpd; lftp with TLS, active" \
	prog soft 9706-9709 "server@9706 server@9707-9709" \
	ftp_server "$VM_SOFT4" "$FTP_ACTIVE"
t "ftp, mail: lftp, vsftpd" \
	prog loop 9706-9709 "$FTP_BOTH" ftp_loop
t_whole "ftp, mail: lftp, vsftpd, active" \
	prog loop 9706-9709 "$FTP_BOTH" ftp_loop "$FTP_ACTIVE"
t "ftp, mail: lftp; socat before vsftpd" \
	prog soft 9726-9729 "client@9726 client@9727-9729" ftp_client_of_host
t "ftp, mail: vsftpd ends" guest_stop ftp
t "ftp, mail: postfix: up" mail_up
t "ftp, mail: postfix; curl with TLS" \
	prog soft 9705 server@9705 mail_server
t "ftp, mail: postfix; socat before smtp-sink" \
	prog soft 9725 client@9725 mail_client
printf '%070d' 0 | tr 0 X > "$VM_RUN/x"
PROG_TEXT=$VM_RUN/x
t "ftp, mail: smtp-source, postfix" \
	prog loop 9705 "server@9705 client@9705" mail_loop
PROG_TEXT=
t "ftp, mail: postfix ends" guest_stop mail
t "ftp, mail: no policy" vm "$VM_BUILD/tools/tlsoffload policy clear"
t "ftp, mail: nothing is left" prog_down
