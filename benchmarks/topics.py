# Fits scikit-learn's LatentDirichletAllocation to a corpus in the format of lda-c, and times
# it.
#
#   python3 topics.py FILE WORDS TOPICS ALPHA ETA
#
# prints its version, then answers each line "METHOD ITERATIONS SEED FILE" of standard input,
# METHOD being batch or online and ITERATIONS passes over the documents, by one line of JSON,
# {"cpu_seconds", "iterations"}, and writes the concentrations of the topics to FILE, float64,
# a topic after the other.
import json
import sys
import time
import warnings

import numpy as np
import sklearn
from scipy.sparse import csr_matrix
from sklearn.decomposition import LatentDirichletAllocation

warnings.filterwarnings("ignore")  # of fits that are told to stop
file, words, topics, alpha, eta = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])
indptr, indices, counts = [0], [], []
with open(file) as f:
    for line in f:
        for pair in line.split()[1:]:
            word, count = pair.split(":")
            indices.append(int(word))
            counts.append(int(count))
        indptr.append(len(indices))
x = csr_matrix((counts, indices, indptr), shape=(len(indptr) - 1, words), dtype=np.int32)
print(sklearn.__version__, flush=True)
for line in sys.stdin:
    method, iterations, seed, out = line.rstrip("\n").split(" ", 3)
    m = LatentDirichletAllocation(
        n_components=topics, doc_topic_prior=alpha, topic_word_prior=eta, learning_method=method,
        max_iter=int(iterations), random_state=int(seed))
    begin = time.process_time()
    m.fit(x)
    seconds = time.process_time() - begin
    m.components_.astype(np.float64).tofile(out)
    print(json.dumps({"cpu_seconds": seconds, "iterations": m.n_iter_}), flush=True)
