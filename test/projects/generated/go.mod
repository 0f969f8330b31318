module example.org/flows

go 1.22
