import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onPath, type Program, type Progress } from '../programs/program.js';
import { archiveClasses } from './class-archive.js';

export const KAFKA_VERSION = '4.3.1';
/** The version of log4j that this Kafka resolves; it comes without a binding, and then says nothing at all. */
const LOG4J_VERSION = '2.25.4';
const SCALA_VERSION = '2.13';
const LOWEST_JAVA = 17;

/** Apache Kafka from its Maven artefacts: a folder with its jars. Runs on any machine with Java. */
export const kafkaProgram: Program = {
  name: `kafka-${KAFKA_VERSION}`,
  find: (folder) => (existsSync(path.join(folder, 'libs')) && onPath('java') ? folder : undefined),
  installers: [
    {
      name: 'Maven',
      missing: () => [...(hasJava() ? [] : [`java ${LOWEST_JAVA} or newer`]), ...(onPath('mvn') ? [] : ['mvn'])],
      install,
    },
  ],
  advice: `Install Java ${LOWEST_JAVA} or newer and Maven ("apt-get install default-jre-headless maven", "brew install openjdk maven").`,
};

/** In a folder of its own that is renamed at the end, so that a broken download leaves no half set. */
async function install(folder: string, onProgress: Progress): Promise<void> {
  const work = mkdtempSync(path.join(folder, 'install-'));
  try {
    writeFileSync(path.join(work, 'pom.xml'), POM);
    await runMaven(work, onProgress);
    writeFileSync(path.join(folder, 'log4j2.xml'), LOG4J_CONFIGURATION);
    onProgress(`${readdirSync(path.join(work, 'libs')).length} jars; writing the archive of their classes`);
    renameSync(path.join(work, 'libs'), path.join(folder, 'libs'));
    await archiveClasses(folder, onProgress);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>looseleaf</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_${SCALA_VERSION}</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

const LOG4J_CONFIGURATION = `<Configuration status="WARN">
  <Appenders><Console name="out" target="SYSTEM_OUT"><PatternLayout pattern="%d %p %m (%c)%n"/></Console></Appenders>
  <Loggers><Root level="INFO"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
`;

const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const JARS_PER_REPORT = 10;

function runMaven(cwd: string, onProgress: Progress): Promise<void> {
  const child = spawn('mvn', ['-B', COPY_DEPENDENCIES, '-DincludeScope=runtime', '-DoutputDirectory=libs'], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tail = '';
  let jars = 0;
  const read = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-2000);
    for (const _ of chunk.toString().matchAll(/Downloaded from .*\.jar/g)) {
      jars += 1;
      if (jars % JARS_PER_REPORT === 0) onProgress(`${jars} jars downloaded`);
    }
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`mvn ended with ${code}\n${tail}`))));
  });
}

/** `java -version` says `openjdk version "17.0.15" …`; before Java 9, `"1.8.0_402"`. */
function hasJava(): boolean {
  if (!onPath('java')) return false;
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr)?.[1]) >= LOWEST_JAVA;
}
