from house.cli import main

main()
