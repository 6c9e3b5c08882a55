module goschedbench

go 1.19
