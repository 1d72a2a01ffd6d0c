"""Code of LLVM made into machine code of this processor, and linked so that Python can call it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import llvmlite.binding as llvm

from cgebase.digest import digest
from cgebase.errors import CompilationError
from cgebase.messages import message

LEVEL = 2
"""Of optimisation: the usual one, but for loops, which stay as they are: unrolled they take half as long again to
compile and run no faster."""


@lru_cache(maxsize=1)
def processor() -> tuple[str, str, str]:
    """Kind of machine, name and abilities of its processor."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.get_default_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@lru_cache(maxsize=1)
def compiler() -> str:
    """What tells machine code from that of another compiler or processor."""
    return digest(llvm.llvm_version_info, LEVEL, processor())


def _machine() -> llvm.TargetMachine:
    triple, name, abilities = processor()
    return llvm.Target.from_triple(triple).create_target_machine(name, abilities, LEVEL, jit=True)


def compiled(code: str) -> bytes:
    """Machine code of a text in the language of LLVM.

    Raises
    ------
    CompilationError
        LLVM refuses the text, which is a fault of ours.
    """
    machine = _machine()
    tuning = llvm.create_pipeline_tuning_options(LEVEL)
    tuning.loop_unrolling = tuning.loop_vectorization = tuning.slp_vectorization = False
    try:
        module = llvm.parse_assembly(code)
        passes = llvm.create_pass_builder(machine, tuning)
        passes.getModulePassManager().run(module, passes)
        return bytes(machine.emit_object(module))
    except RuntimeError as error:
        raise CompilationError(message("CGE709", reason=str(error).splitlines()[0])) from error


def linked(objects: Iterable[bytes]) -> llvm.ExecutionEngine:
    """Machine code in memory; it stays there as long as what is returned."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    for machine_code in objects:
        engine.add_object_file(llvm.ObjectFileRef.from_data(machine_code))
    engine.finalize_object()
    return engine
