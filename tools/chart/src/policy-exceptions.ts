/** What a checker says, and is not followed. */
export interface PolicyException {
  readonly id: string;
  /** Names of the objects without their release, where it does not hold for all. */
  readonly objects?: readonly string[];
  readonly reason: string;
}

const FIXED_TAGS = 'Images are named by version; a version is never pushed twice, and nodes start what they have.';
const UPSTREAM_USERS =
  "The upstream images' own users; they own the files in these images. Bundled servers are for a try.";
const RUNS_ONCE = 'The pod of `helm test` runs to its end: nobody sends requests to it, and it is not started again.';
const BUNDLED_WITH_USERS = ['kafka', 'postgres', 'redis'];
const BUNDLED = [...BUNDLED_WITH_USERS, 'objects', 'mail'];

/** Of kube-score, by the ids of its checks. */
export const KUBE_SCORE_EXCEPTIONS: readonly PolicyException[] = [
  { id: 'container-image-pull-policy', reason: FIXED_TAGS },
  { id: 'container-security-context-user-group-id', objects: BUNDLED_WITH_USERS, reason: UPSTREAM_USERS },
  {
    id: 'statefulset-has-servicename',
    objects: BUNDLED,
    reason: 'It knows headless Services only. These have one pod, found behind the address of an ordinary one.',
  },
  {
    id: 'deployment-has-host-podantiaffinity',
    reason: 'It does not know topologySpreadConstraints, which do the same, and leave a choice on small clusters.',
  },
  { id: 'statefulset-has-host-podantiaffinity', objects: ['kafka'], reason: 'As for Deployments.' },
  { id: 'deployment-replicas', reason: 'A canary and a shop on one node have one replica; by default there are two.' },
  { id: 'horizontalpodautoscaler-replicas', reason: 'Workers may go down to one: their work waits in a queue.' },
  { id: 'service-type', objects: ['web'], reason: 'A NodePort is how kind and minikube are reached; not the default.' },
];

/** Of checkov, by the ids of its policies. */
export const CHECKOV_EXCEPTIONS: readonly PolicyException[] = [
  { id: 'CKV_K8S_15', reason: FIXED_TAGS },
  { id: 'CKV_K8S_43', reason: `${FIXED_TAGS} A digest can be given as part of image.repository.` },
  {
    id: 'CKV_K8S_35',
    reason:
      'Services read their configuration from environment variables, once, and never print it (docs/decisions/0020).',
  },
  { id: 'CKV_K8S_21', reason: 'Manifests of Helm have no namespace of their own; the release has one.' },
  { id: 'CKV_K8S_8', objects: ['test'], reason: RUNS_ONCE },
  { id: 'CKV_K8S_9', objects: ['test'], reason: RUNS_ONCE },
  { id: 'CKV_K8S_40', objects: BUNDLED_WITH_USERS, reason: UPSTREAM_USERS },
];
