// SPDX-License-Identifier: GPL-2.0-only
// A client and a server of HTTP/1.0 over Node's TLS, as a peer. The words on its
// command line are those of peers.py's Scripted.words().
'use strict';

const fs = require('fs');
const tls = require('tls');

const [role, host, port, version, ca, cert, key, clientCert, clientKey, cipher,
	group, auth, resume, alpn] = process.argv.slice(2);

const curves = { 'X25519': 'X25519', 'P-256': 'P-256', 'P-384': 'P-384' };

const options = {
	host,
	port: Number(port),
	servername: 'server.test',
	minVersion: 'TLSv' + version,
	maxVersion: 'TLSv' + version,
	ca: fs.readFileSync(ca),
	ecdhCurve: group === '-' ? 'auto' : curves[group],
};
if (cipher !== '-')
	options.ciphers = cipher;
if (alpn !== '-')
	options.ALPNProtocols = [alpn];

function fail(why)
{
	console.error(String(why));
	process.exit(1);
}

function serve()
{
	options.cert = fs.readFileSync(cert);
	options.key = fs.readFileSync(key);
	options.requestCert = auth !== '-';
	options.rejectUnauthorized = auth === 'require';
	const server = tls.createServer(options, (socket) => {
		let asked = '';
		socket.on('data', (data) => {
			asked += data;
			if (asked.endsWith('\r\n\r\n'))
				socket.end('HTTP/1.0 200 OK\r\n\r\nhello from Node.js\n');
		});
		socket.on('error', (e) => console.error(String(e)));
	});
	server.listen(Number(port), host);
}

// Calls next(session) when the server has closed.
function get(session, next)
{
	let last = session;
	const socket = tls.connect({ ...options, session }, () => {
		if (session && !socket.isSessionReused())
			fail('not resumed');
		if (alpn !== '-' && socket.alpnProtocol !== alpn)
			fail('no ALPN');
		socket.write('GET / HTTP/1.0\r\n\r\n');
	});
	socket.on('session', (s) => { last = s; });
	socket.on('data', (data) => process.stdout.write(data));
	socket.on('error', fail);
	socket.on('end', () => next(last));
}

if (role === 'server') {
	serve();
} else {
	if (auth === 'require') {
		options.cert = fs.readFileSync(clientCert);
		options.key = fs.readFileSync(clientKey);
	}
	get(undefined, (session) => {
		if (resume !== '-')
			get(session || fail('no session'), () => {});
	});
}
