"""``python -m nnunet_glacier.cli``, where the console script is not on the path."""

from nnunet_glacier.__main__ import main

main()
