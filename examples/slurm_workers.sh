#!/bin/bash
# sbatch examples/slurm_workers.sh walls optimizer=adam,rmsprop seed=1,2,3
#
# Ten workers share the sweep `walls`: each takes the next open job until none is left. Change what stands below.
#SBATCH --job-name=crack_exp
#SBATCH --array=1-10
#SBATCH --cpus-per-task=8
#SBATCH --gres=gpu:1
#SBATCH --time=08:00:00
#SBATCH --requeue
set -eu

# Folders that all machines see: the one that this was started in, and a cache for features that are computed once.
export CRACK_EXP_CACHE="${CRACK_EXP_CACHE:-$PWD/cache}"
# Several machines need a server; a file of sqlite on a network disk is no store for them.
export MLFLOW_TRACKING_URI="${MLFLOW_TRACKING_URI:?set it to the address of the MLflow server, e.g. http://tracker:5000}"

name="$1"
shift
exec python -m crack_exp.run -m "$@" "sweep.name=$name" sweep.worker=true
