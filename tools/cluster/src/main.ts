import { fromCaller, runProgram } from '@looseleaf/replay';
import { Command, Option } from 'commander';
import { down, type DownOptions } from './up/down.js';
import { seconds, up, type UpOptions } from './up/up.js';

const program = new Command('looseleaf cluster')
  .description('The shop on Kubernetes: kind, minikube, or any cluster of the kubeconfig.')
  .showHelpAfterError();

addPlace(program.command('up').description('bring up the shop, and the cluster where it is kind or minikube'))
  .option('--image <repository:tag>', 'that the cluster has, or can pull (default: built here with Docker, and loaded)')
  .option(
    '--values <file...>',
    'of the chart, above those in k8s/',
    (file, files: string[]) => [...files, fromCaller(file)],
    [],
  )
  .action(async (options: UpOptions) => {
    const { webUrl, firstOrderId, installMs, operatorKey } = await up(options, (text) => console.log(text));
    console.log(`Order ${firstOrderId} is confirmed, ${seconds(installMs)} after the installation began.\n`);
    console.log(`  shop          ${webUrl}`);
    console.log(`  operator key  ${operatorKey}`);
  });

addPlace(
  program.command('down').description('remove the shop and its data, and the cluster that was made for it'),
).action(async (options: DownOptions) => {
  await down(options);
  console.log('It is gone.');
});

await runProgram(program);

function addPlace(command: Command): Command {
  return command
    .addOption(new Option('--on <cluster>', 'kind, minikube, or a context of the kubeconfig').makeOptionMandatory())
    .option('--namespace <name>', 'where the shop is', 'looseleaf')
    .option('--release <name>', 'its name', 'looseleaf');
}
