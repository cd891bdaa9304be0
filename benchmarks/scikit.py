# Fits scikit-learn's BayesianGaussianMixture to the rows of a file of float64, and times it.
#
#   python3 scikit.py FILE ROWS COLUMNS COMPONENTS
#
# prints its version, then answers each line "ITERATIONS TOLERANCE" of standard input by one
# line "SECONDS ITERATIONS CONVERGED" of a fit from the same start with the defaults.
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.mixture import BayesianGaussianMixture

warnings.filterwarnings("ignore")  # of fits that are told to stop
file, n, d, k = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
x = np.fromfile(file).reshape(n, d)
print(sklearn.__version__, flush=True)
for line in sys.stdin:
    iterations, tolerance = line.split()
    m = BayesianGaussianMixture(
        n_components=k, covariance_type="full", weight_concentration_prior_type="dirichlet_distribution",
        init_params="random_from_data", random_state=1, max_iter=int(iterations), tol=float(tolerance))
    begin = time.perf_counter()
    m.fit(x)
    print(time.perf_counter() - begin, m.n_iter_, int(m.converged_), flush=True)
