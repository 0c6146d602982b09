"""Distributed training, as far as it works without GPUs: two processes over gloo.

nnU-Net itself trains distributed on CUDA alone, so the trainer's parts are put together here by hand.
"""

import os
import socket

import numpy as np
import pytest
import torch
from made_trainers import dataset_json, make
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from sklearn.metrics import matthews_corrcoef
from small_plans import small_plans
from test_early_stopping import StopsByMCC
from torch import distributed, multiprocessing, nn
from torch.nn.parallel import DistributedDataParallel

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.losses.task_loss import TaskLoss
from nnunet_glacier.trainers.multitask import MultiTaskTrainer, nnUNetTrainerGlacierEarly, nnUNetTrainerGlacierLate

NNUNET_VARIABLES = ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")
SPACE = LABEL_SPACES["multitask"]
TRAINERS = {trainer.__name__: trainer for trainer in (nnUNetTrainerGlacierLate, nnUNetTrainerGlacierEarly)}


def made_batch():
    """Four images and their codes at the three resolutions of the small plans."""
    generator = torch.Generator().manual_seed(3)
    codes = torch.randint(0, SPACE.n_codes, (4, 1, 32, 32), generator=generator)
    return torch.randn(4, 1, 32, 32, generator=generator), [codes, codes[:, :, ::2, ::2], codes[:, :, ::4, ::4]]


def network_and_loss(name, *, ddp):
    """A trainer's network with fixed weights, and its loss with nnU-Net's weights for distributed training."""
    manager = PlansManager(small_plans())
    torch.manual_seed(0)
    network = TRAINERS[name].build_network_architecture(manager, manager.get_configuration("2d"), 1, 8, True)
    dice = {"batch_dice": True, "smooth": 1e-5, "do_bg": False, "ddp": ddp}
    single = DC_and_CE_loss(dice, {}, dice_class=MemoryEfficientSoftDiceLoss)
    return network, TaskLoss(SPACE, [single] * len(SPACE.tasks), DeepSupervisionWrapper(single, [2 / 3, 1 / 3, 1e-6]))


def gradients_of_a_worker(rank, port, folder):
    """Two backward passes over half of the batch; the second shows parameters that the first left without gradient."""
    found = {}
    os.environ.update(MASTER_ADDR="localhost", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    for name in TRAINERS:
        network, loss = network_and_loss(name, ddp=True)
        network = DistributedDataParallel(network)
        images, codes = made_batch()
        mine = slice(2 * rank, 2 * rank + 2)
        for _ in range(2):
            network.zero_grad()
            loss(network(images[mine]), [level[mine] for level in codes]).backward()
        found[name] = {key: parameter.grad for key, parameter in network.module.named_parameters()}
    found["counts"] = MultiTaskTrainer._from_all_workers(type("Worker", (), {"is_ddp": True}), np.array([rank, 10]))
    if rank == 0:
        torch.save(found, folder / "worker.pt")
    distributed.destroy_process_group()


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    """What the first of two workers found: the gradients of each trainer, and the counts of both."""
    folder = tmp_path_factory.mktemp("workers")
    multiprocessing.spawn(gradients_of_a_worker, args=(free_port(), folder), nprocs=2)
    return torch.load(folder / "worker.pt", weights_only=False)


@pytest.mark.parametrize("name", TRAINERS)
def test_two_workers_find_the_gradient_of_the_whole_batch(name, worker):
    """Batch Dice and cross-entropy over both workers are those of one process with all four images."""
    network, loss = network_and_loss(name, ddp=False)
    images, codes = made_batch()
    loss(network(images), codes).backward()
    for key, parameter in network.named_parameters():
        torch.testing.assert_close(worker[name][key], parameter.grad, rtol=1e-3, atol=1e-5, msg=key)
    assert [array.tolist() for array in worker["counts"]] == [[0, 10], [1, 10]]


SCRIPTS = ((2, 6, 4, 6, 5, 9, 9, 9), (3, 5, 9, 1, 1, 1, 9, 9))
"""Pixels of the line that each worker finds of its ten, by epoch."""


def training_of_a_worker(rank, port, folder):
    """A training without data whose validation goes by the script, ended by the MCC of both workers."""
    os.environ.update(MASTER_ADDR="localhost", MASTER_PORT=str(port), **dict.fromkeys(NNUNET_VARIABLES, str(folder)))
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    trainer = make(StopsByMCC, dataset_json("front"), num_epochs=20, num_val_iterations_per_epoch=1)
    trainer.num_iterations_per_epoch, trainer.device = 1, torch.device("cpu")
    trainer.script = [(right, 1.0) for right in SCRIPTS[rank]]
    trainer.network = DistributedDataParallel(nn.Linear(1, 1))
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    trainer.was_initialized = True
    trainer.run_training()
    weight = trainer.network.module.weight.item()
    outcome = {"epochs": trainer.current_epoch, "mcc": trainer.monitored, "weight": weight}
    torch.save(outcome, folder / f"worker_{rank}.pt")
    distributed.destroy_process_group()


def test_two_workers_stop_by_the_counts_of_both(tmp_path):
    """Epoch 2 is the best together, though not for the first worker: both end after 5 and go back to it."""
    multiprocessing.spawn(training_of_a_worker, args=(free_port(), tmp_path), nprocs=2)
    first, second = (torch.load(tmp_path / f"worker_{rank}.pt", weights_only=False) for rank in range(2))
    assert first == second
    assert (first["epochs"], first["weight"]) == (6, 2)
    truth = np.repeat([1, 0], [20, 180])
    for epoch, right in enumerate(map(sum, zip(*SCRIPTS, strict=True))):
        if epoch < 6:
            predicted = np.repeat([1, 0], [right, 200 - right])
            assert first["mcc"][epoch] == pytest.approx(matthews_corrcoef(truth, predicted), rel=1e-12)
