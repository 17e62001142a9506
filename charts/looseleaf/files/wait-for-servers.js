// Ends when every `host:port` that it was given takes connections.
import { connect } from 'node:net';

for (const server of process.argv.slice(1)) {
  const [host, port] = server.split(':');
  const attempt = () => {
    const socket = connect({ host, port });
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => setTimeout(attempt, 500));
  };
  attempt();
}
